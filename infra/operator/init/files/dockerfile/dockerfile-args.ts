import type { PackageManager } from '../../repository/package-manager.ts';

export interface DockerfileArgs {
  /** Folder of the application. */
  readonly folder: string;
  /** Port on which the application listens. */
  readonly port: string;
  readonly packageManager: PackageManager;
}
