/** The package manager of a repository, by its lockfile. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const packageManagers = ['npm', 'pnpm', 'yarn'] as const;
export type PackageManager = (typeof packageManagers)[number];

interface Commands {
  readonly lockfile: string;
  /** Installs everything, as the lockfile says. */
  readonly install: string;
  /** Installs what a deployment needs, and runs no script of a package: its job holds credentials. */
  readonly installForDeployment: string;
  /** Installs what the application needs when it runs. */
  readonly installForRuntime: string;
}

export const packageManagerCommands: Readonly<Record<PackageManager, Commands>> = {
  npm: {
    lockfile: 'package-lock.json',
    install: 'npm ci',
    installForDeployment: 'npm ci --ignore-scripts',
    installForRuntime: 'npm ci --omit=dev',
  },
  pnpm: {
    lockfile: 'pnpm-lock.yaml',
    install: 'corepack enable && pnpm install --frozen-lockfile',
    installForDeployment: 'corepack enable && pnpm install --frozen-lockfile --ignore-scripts',
    installForRuntime: 'corepack enable && pnpm install --frozen-lockfile --prod',
  },
  yarn: {
    lockfile: 'yarn.lock',
    install: 'corepack enable && yarn install --frozen-lockfile',
    installForDeployment: 'corepack enable && yarn install --frozen-lockfile --ignore-scripts',
    installForRuntime: 'corepack enable && yarn install --frozen-lockfile --production',
  },
};

/** npm, unless the repository has the lockfile of another one. */
export function packageManagerOf(folder: string): PackageManager {
  const hasLockfile = (manager: PackageManager) =>
    existsSync(join(folder, packageManagerCommands[manager].lockfile));
  return packageManagers.find(hasLockfile) ?? 'npm';
}
