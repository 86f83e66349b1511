import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
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

/**
 * Reason why the engine measures no container, or undefined. containerd finds the cgroups of a
 * container only if every hierarchy of cgroup v1 that the kernel uses is mounted below
 * /sys/fs/cgroup. Otherwise statistics are empty, and no OOM kill is reported.
 * @param image with a busybox.
 */
export async function statisticsMissing(image: string): Promise<string | undefined> {
  const docker = new Docker({ socketPath: dockerSocket, timeout: 20_000 });
  const container = await docker.createContainer({
    Image: image,
    Cmd: ['/bin/busybox', 'sleep', '60'],
    HostConfig: { NetworkMode: 'none' },
  });
  try {
    await container.start();
    const { memory_stats: memory } = await container.stats({ stream: false, 'one-shot': true });
    if (memory.usage !== undefined) return undefined;
    const unmounted = unmountedHierarchies();
    const cause = unmounted.length === 0 ? '' : `: not mounted is cgroup ${unmounted.join(', ')}`;
    return `the Docker engine gives no statistics of containers${cause}`;
  } finally {
    await container.remove({ force: true });
  }
}

/** Hierarchies of cgroup v1 that the kernel uses and this process sees no mount of (cgroups(7)). */
function unmountedHierarchies(): string[] {
  if (!existsSync('/proc/self/cgroup')) return [];
  const mounted = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes(' - cgroup '))
    .flatMap((line) => line.split(' ').at(-1)?.split(',') ?? []);
  return readFileSync('/proc/self/cgroup', 'utf8')
    .split('\n')
    .map((line) => line.split(':')[1] ?? '')
    .filter((names) => names !== '' && !names.split(',').some((name) => mounted.includes(name)));
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
