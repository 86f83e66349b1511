import type { Redis } from 'ioredis';
import type { Incident } from '../../../runtime/core/alerting/incident.ts';
import {
  activate,
  drain,
  eject,
  release,
  reserve,
} from '../../../runtime/core/release/transitions.ts';
import { FlagStore } from '../../../runtime/store/flags/flag-store.ts';
import { EventLog } from '../../../runtime/store/incidents/event-log.ts';
import { IncidentStore } from '../../../runtime/store/incidents/incident-store.ts';
import { Outbox } from '../../../runtime/store/incidents/outbox.ts';
import { JudgeStore } from '../../../runtime/store/judge/judge-store.ts';
import { Lease } from '../../../runtime/store/judge/lease.ts';
import { EvidenceHistoryStore } from '../../../runtime/store/judge/evidence-history-store.ts';
import { TrafficHistoryStore } from '../../../runtime/store/judge/traffic-history-store.ts';
import { TrafficStore } from '../../../runtime/store/judge/traffic-store.ts';
import { emptyPeriod } from '../../../runtime/core/analysis/traffic-period.ts';
import { openStratum } from '../../../runtime/core/analysis/traffic-counts.ts';
import { EjectionOrders } from '../../../runtime/store/release/ejection-orders.ts';
import { ProxyReports } from '../../../runtime/store/release/proxy-reports.ts';
import { ReleaseStore } from '../../../runtime/store/release/release-store.ts';
import type { Random } from '../kernel/random.ts';

/** One operation of production's stores, with everything that chance chose for it. */
export type StoreOperation = (redis: Redis) => Promise<unknown>;

/** Draws the next operation. Few names, so that operations meet. */
export function nextOperation(random: Random): StoreOperation {
  const id = `m${random.whole(1, 3)}`;
  const epoch = random.whole(1, 4);
  const name = `holder-${random.whole(1, 2)}`;
  const revision = random.whole(1, 4);
  const variant = random.whole(0, 1);
  const all: readonly StoreOperation[] = [
    (redis) => changed(redis, (document) => reserve(document, member(id))),
    (redis) => changed(redis, (document) => activate(document, id)),
    (redis) => changed(redis, (document) => drain(document, id)),
    (redis) => changed(redis, (document) => release(document, id)),
    (redis) => changed(redis, (document) => eject(document, id, 'by chance'), epoch),
    (redis) => new Lease(redis, 'shop', { holder: name, ttlMs: 60_000 }).hold(),
    (redis) => new Lease(redis, 'shop', { holder: name, ttlMs: 60_000 }).release(),
    (redis) => new JudgeStore(redis, 'shop').writeJudgeStatus(status, epoch),
    (redis) => new JudgeStore(redis, 'shop').judgeStatus(),
    (redis) => applied(redis, id, revision, epoch),
    (redis) => new IncidentStore(redis, 'shop').list(),
    (redis) => new Outbox(redis, 'shop', name).open(),
    (redis) => new Outbox(redis, 'shop', name).list(),
    (redis) => claimed(redis, name, 'finish'),
    (redis) => claimed(redis, name, 'settle'),
    (redis) => claimed(redis, name, 'nothing'),
    (redis) => new ProxyReports(redis, 'shop').write({ ...report, id }),
    (redis) => new ProxyReports(redis, 'shop').list(),
    (redis) => new ProxyReports(redis, 'shop').known(),
    (redis) => new ProxyReports(redis, 'shop').remove(id),
    (redis) => counted(redis, id, revision),
    (redis) => new TrafficStore(redis, 'shop').read(0, 20_000),
    (redis) =>
      new TrafficHistoryStore(redis, 'shop').write('minutes', [emptyPeriod(60_000 * epoch)]),
    (redis) => new TrafficHistoryStore(redis, 'shop').read('minutes', 0, 300_000),
    (redis) => new EvidenceHistoryStore(redis, 'shop').read('minutes', 0, 300_000),
    (redis) =>
      new EjectionOrders(redis, 'shop').give(id, { by: name, reason: 'r', cause: 'c', flags: [] }),
    (redis) => new EjectionOrders(redis, 'shop').read(id),
    (redis) => new EjectionOrders(redis, 'shop').clear(id),
    (redis) => new EventLog(redis, 'shop').last(3),
    (redis) => new FlagStore(redis, 'shop', { by: name, epoch }).set(id, flag(variant)),
    (redis) => new FlagStore(redis, 'shop', { by: name }).undo(id, undefined),
    (redis) => new FlagStore(redis, 'shop', { by: name }).delete(id),
    (redis) => redis.hset('perch:shop:release', 'wrong', 'type'),
    (redis) => redis.incr('perch:shop:events'),
  ];
  const operation = random.pick(all);
  if (operation === undefined) throw new Error('there are operations');
  return operation;
}

const status = { at: 1, leader: 'holder-1', verdict: null, near: [] };
const report = { generation: 0, condition: 'fresh', inFlight: {}, memberHealth: {} };

function member(id: string) {
  return { id, track: 'stable', version: '1', host: 'h1', address: '10.0.0.1' } as const;
}

function changed(
  redis: Redis,
  transition: Parameters<ReleaseStore['change']>[0],
  epoch?: number,
): Promise<unknown> {
  const writer = { by: 'ci', ...(epoch !== undefined && { epoch }) };
  return new ReleaseStore(redis, 'shop', writer).change(transition);
}

function applied(redis: Redis, subject: string, revision: number, epoch: number) {
  const details = { summary: `${subject} is busy`, actions: [] };
  const at = { openedAt: 1, alertedAt: 1, resolvedAt: null };
  const incident: Incident = {
    id: `busy|${subject}|1`,
    rule: 'busy',
    subject,
    ...at,
    revision,
    details,
  };
  const writer = { by: 'monitor', epoch, channels: ['email', 'webhook'] };
  return new IncidentStore(redis, 'shop').apply({ transition: 'opened', incident }, writer);
}

async function claimed(redis: Redis, name: string, end: 'finish' | 'settle' | 'nothing') {
  const outbox = new Outbox(redis, 'shop', name);
  const [first] = await outbox.list();
  if (first === undefined) return undefined;
  const attempt = { id: 'message', entries: [first], number: first.attempts + 1, unconfirmed: 0 };
  const isClaimed = await outbox.claim(attempt);
  if (isClaimed && end === 'settle') await outbox.settle(attempt);
  if (isClaimed && end === 'finish') await outbox.finish([first]);
  return isClaimed;
}

function counted(redis: Redis, writer: string, sequence: number) {
  const stratum = openStratum({ weight: 10 });
  stratum.stable.requests = 3;
  stratum.canary.latency.set(2, 1);
  return new TrafficStore(redis, 'shop').add(10_000, [stratum], { writer, sequence });
}

function flag(variant: number) {
  const defaultVariant = variant === 0 ? 'on' : 'off';
  return { state: 'ENABLED', variants: { on: true, off: false }, defaultVariant };
}
