import { existsSync, mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { env } from '../../runtime/contract/env.ts';
import { freePort } from '../../rehearsal/loopback.ts';
import { nginxProxyFile } from '../proxy/nginx.ts';
import { isInstalled, PinnedProcess } from '../proxy/process.ts';

export interface MeasuredProcess {
  readonly peer: string;
  /** Part of the peer that the process is. */
  readonly part: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Starts a process on all cores. */
export function startMeasured({ command, environment }: MeasuredProcess): PinnedProcess {
  return new PinnedProcess(`0-${availableParallelism() - 1}`, command, environment);
}

export interface PerchHostArgs {
  readonly peer: string;
  /** Checkout of Perch. */
  readonly checkout: string;
  /** Folder of this run. */
  readonly folder: string;
  readonly redisUrl: string;
}

const dockerSocket = '/var/run/docker.sock';

/** Processes of Perch on a host, as `infra/services` starts them: two proxies and the monitor. */
export async function perchHost(args: PerchHostArgs): Promise<MeasuredProcess[]> {
  const { peer, checkout, folder, redisUrl } = args;
  const own = join(folder, peer.replace(' ', '-'));
  mkdirSync(own);
  const port = await freePort();
  const perch = [process.execPath, join(checkout, 'runtime/bin/perch.ts')];
  const common = {
    [env.service]: 'shop',
    [env.host]: 'host-1',
    [env.redisUrl]: redisUrl,
    // The image has compiled code.
    NODE_COMPILE_CACHE: join(own, 'compiled'),
  };
  const proxy = (part: string, firstSlot: number): MeasuredProcess => ({
    peer,
    part,
    command: [
      ...perch,
      'proxy',
      `--listen=127.0.0.1:${port}`,
      `--admin=unix:${own}/${firstSlot}.sock`,
      `--state-dir=${own}/state`,
      '--workers=1',
    ],
    environment: { ...common, [env.firstSlot]: String(firstSlot) },
  });
  const monitorConfig = {
    disks: ['/'],
    ...(existsSync(dockerSocket) && { docker: { socketPath: dockerSocket } }),
  };
  const processes: MeasuredProcess[] = [
    proxy('proxy', 0),
    proxy('second proxy', 64),
    {
      peer,
      part: 'monitor',
      command: [...perch, 'monitor', `--admin=unix:${own}/monitor.sock`],
      environment: { ...common, [env.monitorConfig]: JSON.stringify(monitorConfig) },
    },
  ];
  await compile(processes);
  return processes;
}

/** Runs the processes once, so that their code is in the cache. */
async function compile(processes: readonly MeasuredProcess[]): Promise<void> {
  const started = processes.map(startMeasured);
  await delay(5_000);
  for (const one of started) await one.stop();
}

/** One nginx with two workers, as its packages start it on a host with two cores. */
export async function nginxProxy(folder: string, upstreamPort: number): Promise<MeasuredProcess[]> {
  if (!isInstalled('nginx')) return skipped('nginx', 'apt-get install nginx');
  const file = nginxProxyFile(folder, await freePort(), { upstreamPort, hosts: ['_'], workers: 2 });
  return [{ peer: 'nginx', part: 'master', command: ['nginx', '-c', file], environment: {} }];
}

export function kamalProxy(folder: string): MeasuredProcess[] {
  const name = 'kamal-proxy';
  if (!isInstalled(name)) return skipped(name, 'go install github.com/basecamp/kamal-proxy/cmd/…');
  const environment = { XDG_STATE_HOME: folder, XDG_RUNTIME_DIR: folder, HOME: folder };
  const command = [name, 'run', '--http-port', '0', '--https-port', '0'];
  return [{ peer: name, part: 'proxy', command, environment }];
}

function skipped(name: string, remedy: string): [] {
  console.log(`${name}: skipped, not installed (${remedy})`);
  return [];
}
