import { env } from '../runtime/contract/env.ts';
import { loopback } from './loopback.ts';
import type { RehearsalOptions } from './options.ts';
import { startConsole } from './parts/console.ts';
import { Fleet, host, type MemberPlan } from './parts/fleet.ts';
import { Mailbox } from './parts/mailbox.ts';
import { startMonitor } from './parts/monitor.ts';
import { Perch } from './parts/perch.ts';
import { Proxy } from './parts/proxy.ts';
import { RedisReader } from './parts/redis-reader.ts';
import { RedisServer } from './parts/redis-server.ts';
import type { Places } from './places.ts';
import { Recorder } from './report.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { setWeight, type Judgement, type Stage } from './stage.ts';
import { Traffic } from './traffic/traffic.ts';
import { searchPath, type Workspace } from './workspace.ts';

const service = 'rehearsal';

/** How this rehearsal differs from others. */
export type StagePlan = Pick<Scenario, 'isJudged' | 'canaryRestarts'>;

/** Three stable members and a canary. */
const firstMembers: readonly MemberPlan[] = [
  { id: 'stable-1', track: 'stable', version: '1.0.0' },
  { id: 'stable-2', track: 'stable', version: '1.0.0' },
  { id: 'stable-3', track: 'stable', version: '1.0.0' },
  { id: 'canary-1', track: 'canary', version: '1.1.0' },
];

/** Told of each part as it stands ready. */
export type OnReady = (what: string) => void;

/**
 * Starts all parts, those side by side that can be.
 * @throws PerchError what kept one from starting; the workspace's owner ends the others.
 */
export async function openStage(
  options: RehearsalOptions,
  plan: StagePlan,
  places: Places,
  { folder, supervisor }: Workspace,
  onReady: OnReady,
): Promise<Stage> {
  const redis = await RedisServer.start(supervisor, folder, searchPath());
  onReady(`Redis ${redis.version} on ${loopback}:${redis.port}`);
  const perch = new Perch(supervisor, { [env.redisUrl]: redis.url, [env.service]: service });
  const fleet = new Fleet(perch, places.memberAddress);
  const ready =
    <T>(what: (value: T) => string) =>
    (value: T) => {
      onReady(what(value));
      return value;
    };

  const [proxy, mailbox] = await Promise.all([
    Proxy.start(perch, {
      port: places.proxyPort,
      adminPort: places.adminPort,
      workers: options.workers,
      folder,
    }).then(ready(({ port }) => `proxy on ${loopback}:${port}`)),
    plan.isJudged
      ? Mailbox.start(supervisor, places.mailboxPort, places.sesPort).then(ready(() => 'mailbox'))
      : undefined,
    perch.run('app', 'seed-flags').then(ready(() => 'flags')),
    startConsole(perch, places.consolePort).then(ready(() => 'console')),
    ...firstMembers.map((member) =>
      fleet
        .add({ ...member, restarts: member.track === 'canary' && plan.canaryRestarts === true })
        .then(ready(({ id, version, url }) => `${id}, version ${version}, on ${url}`)),
    ),
  ]);
  await setWeight({ perch, proxy }, options.weight, options.affinity);
  const judgement = mailbox === undefined ? undefined : await startJudging(perch, places, mailbox);
  if (judgement !== undefined) onReady('monitor');
  onReady(`the canary gets ${options.weight} %`);
  return {
    options,
    redis,
    reader: await RedisReader.connect(redis.url, service),
    perch,
    fleet,
    proxy,
    consoleUrl: `http://${loopback}:${places.consolePort}`,
    traffic: new Traffic({ host: loopback, port: proxy.port }),
    recorder: new Recorder(),
    ...(judgement !== undefined && { judgement }),
  };
}

async function startJudging(
  perch: Perch,
  { sesPort, consolePort }: Places,
  mailbox: Mailbox,
): Promise<Judgement> {
  const link = `http://${loopback}:${consolePort}/`;
  const plan = { name: 'monitor', host, watchesMembers: true, sesPort, link };
  return { mailbox, sesPort, monitor: await startMonitor(perch, plan) };
}
