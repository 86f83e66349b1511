import Docker from 'dockerode';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/** Default time limit of one call, milliseconds. */
const callTimeoutMs = 5_000;

/** Path of the engine's socket below the root of a Linux host. */
const socketOfHost = 'run/docker.sock';

export interface DockerClientOptions {
  /** The host's /proc; the host's root is the folder that holds it. Default /proc. */
  readonly procRoot?: string;
  /** Time limit of one call, milliseconds. Default 5,000. */
  readonly timeoutMs?: number;
}

/**
 * Client of the engine on this host. It prefers the socket below the host's root, if that is mounted
 * here. An engine that restarts makes a new socket; `socketPath`, mounted by itself, would remain the
 * old one, while containers run on (`live-restore`).
 */
export function dockerClient(
  socketPath: string,
  { procRoot = '/proc', timeoutMs = callTimeoutMs }: DockerClientOptions = {},
): Docker {
  const below = join(dirname(procRoot), socketOfHost);
  const isMounted = procRoot !== '/proc' && existsSync(below);
  return new Docker({ socketPath: isMounted ? below : socketPath, timeout: timeoutMs });
}

/**
 * Removes build cache that no image needs and nobody used for so long.
 * @returns freed bytes.
 * @throws Error if the engine refuses.
 */
export async function removeBuildCache(docker: Docker, unusedMs: number): Promise<number> {
  const filters = JSON.stringify({ until: [`${Math.ceil(unusedMs / 1_000)}s`] });
  // The client's own pruneBuilder() sends no filters.
  const call = {
    path: '/build/prune?',
    method: 'POST',
    options: { filters },
    statusCodes: { 200: true, 500: 'server error' },
  };
  const answer = await new Promise((resolve, reject) => {
    docker.modem.dial(call, (error: Error | null, data: unknown) => {
      if (error === null) resolve(data);
      else reject(error);
    });
  });
  return pruned.parse(answer).SpaceReclaimed;
}

/** Answer of the engine. */
const pruned = z.object({ SpaceReclaimed: z.number().default(0) });

/**
 * Folder of the engine's images and volumes, as this process sees it.
 * @param hostRoot path at which this process sees the host's root.
 */
export async function engineFolderOf(docker: Docker, hostRoot: string): Promise<string> {
  const { DockerRootDir: folder }: { DockerRootDir: string } = await docker.info();
  return join(hostRoot, folder);
}
