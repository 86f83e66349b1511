/** Everything that `perch init` needs to know. Plain data. */
import type { Language } from './repository/language.ts';

/** Stacks that canaries may be in: one of their own, or the prod stack. */
export const canaryLocations = ['stack', 'prod'] as const;
export type CanaryLocation = (typeof canaryLocations)[number];

export const forges = ['github', 'gitlab', 'none'] as const;
export type CiChoice = (typeof forges)[number];

export type DockerfileChoice = Language | 'none';

/** A machine of target `server`, as its option names it. */
export interface NamedServer {
  readonly name: string;
  readonly user: string;
  readonly address: string;
  readonly port: number;
  readonly privateAddress: string;
}

export interface PinnedServer extends NamedServer {
  /** `ssh-ed25519 AAAA...` */
  readonly hostKey: string;
}

/** Key with which Perch logs in to the hosts. */
export interface DeployKey {
  /** File of the private key, as it was given. */
  readonly file: string;
  /** True if the file is to be made. */
  readonly isNew: boolean;
}

export interface Answers {
  readonly target: string;
  readonly service: string;
  readonly appPort: string;
  readonly healthPath: string;
  /** Program and arguments, JSON. Undefined: the image's own wget, curl, node or python3. */
  readonly healthCommand: string | undefined;
  readonly hosts: readonly string[];
  readonly servers: readonly NamedServer[];
  readonly region: string | undefined;
  readonly sshCidrs: readonly string[];
  readonly sshKey: DeployKey | undefined;
  readonly registry: string | undefined;
  readonly registryUsername: string | undefined;
  readonly alertTo: readonly string[];
  readonly alertFrom: string | undefined;
  readonly canary: CanaryLocation;
  /** First part of the full names of stacks. */
  readonly organization: string;
  readonly ci: CiChoice;
  /** Kind of the Dockerfile to write. */
  readonly dockerfile: DockerfileChoice;
}
