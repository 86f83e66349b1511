import { execFileSync } from 'node:child_process';
import Docker from 'dockerode';

export const dockerSocket = '/var/run/docker.sock';

/** Reason why no Docker engine can be used, or undefined. */
export async function dockerMissing(): Promise<string | undefined> {
  try {
    await new Docker({ socketPath: dockerSocket, timeout: 5_000 }).ping();
    return undefined;
  } catch (error) {
    return `no Docker engine: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** An image that holds a static busybox and nothing else; undefined where there is none to take. */
export function busyboxImage(): string | undefined {
  const tag = 'perch-test-busybox:1';
  try {
    const busybox = execFileSync('which', ['busybox'], { encoding: 'utf8' }).trim();
    const pack = `tar -C / -c ${busybox.slice(1)} --transform 's,.*,bin/busybox,' | docker import - ${tag}`;
    execFileSync('sh', ['-c', pack], { stdio: 'ignore' });
    return tag;
  } catch {
    return undefined;
  }
}
