import { setTimeout as delay } from 'node:timers/promises';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';
import { emptyPeriod } from '../../runtime/core/analysis/traffic-period.ts';
import { EvidenceHistoryStore } from '../../runtime/store/judge/evidence-history-store.ts';
import { SampleStore } from '../../runtime/store/judge/sample-store.ts';
import { TrafficHistoryStore } from '../../runtime/store/judge/traffic-history-store.ts';
import { service, type ConsoleServer } from '../../test/console/console-server.ts';
import { hostSample } from '../../test/support/host-sample.ts';
import { member } from '../../test/support/release-document.ts';

const minuteMs = 60_000;
const hosts = Array.from({ length: 10 }, (_, index) => `host-${index + 1}`);
const members = Array.from({ length: 100 }, (_, index) =>
  member(index < 10 ? `canary-${index + 1}` : `stable-${index - 9}`, 20_001 + index, {
    version: index < 10 ? '2.1.0' : '2.0.0',
    host: hosts[index % hosts.length] ?? '',
  }),
);
const ids = members.map(({ id }) => id);
const eventsOfServices = 10_000;

/** Writes a release of 100 members, as many events as Redis keeps, and an hour of charts. */
export async function stageLargeService(stage: ConsoleServer): Promise<void> {
  const now = Date.now();
  const pipeline = stage.redis.pipeline();
  for (let index = 0; index < eventsOfServices; index += 1) {
    const at = `${now - (eventsOfServices - index) * 400}-0`;
    const text = `weight set to ${index % 100} for service ${index % 20}`;
    pipeline.xadd(redisKeys(service).events, at, 'type', 'weight-set', 'text', text, 'by', 'bench');
  }
  await pipeline.exec();
  await stage.storeRelease({ generation: 41, rolloutId: 'r-21', weight: 25, members });
  const minute = Math.floor(now / minuteMs) * minuteMs;
  const starts = Array.from({ length: 60 }, (_, index) => minute - (60 - index) * minuteMs);
  const track = { requests: 600, failures: 3, rejections: 2, p50Ms: 12, p95Ms: 40, p99Ms: 90 };
  await new TrafficHistoryStore(stage.redis, service).write(
    'minutes',
    starts.map((startMs, index) => ({
      ...emptyPeriod(startMs),
      sharePercent: 25,
      stable: { ...track, requests: 1_800 + 10 * index },
      canary: track,
    })),
  );
  await new EvidenceHistoryStore(stage.redis, service).write(
    'minutes',
    starts.map((startMs, index) => ({
      startMs,
      harm: { errors: index % 40, latency: index % 25, rejections: 1 },
      safety: index,
    })),
  );
  await changeOnce(stage, 0);
}

/** Changes the numbers of every member and host, and appends 20 events, every second until `signal` aborts. */
export async function changeAll(stage: ConsoleServer, signal: AbortSignal): Promise<void> {
  for (let round = 1; !signal.aborted; round += 1) {
    await changeOnce(stage, round);
    await delay(1_000, undefined, { signal }).catch(() => undefined);
  }
}

async function changeOnce(stage: ConsoleServer, round: number): Promise<void> {
  const samples = new SampleStore(stage.redis, service);
  for (const [index, host] of hosts.entries()) {
    await stage.reports.write({
      id: `${host}-0-00000a`,
      generation: 41,
      condition: 'fresh',
      inFlight: Object.fromEntries(ids.map((id, at) => [id, (at + round) % 7])),
      memberHealth: Object.fromEntries(ids.map((id) => [id, 'healthy'])),
      memberCounts: Object.fromEntries(
        ids.map((id) => [id, { requests: 100 * round, failures: round }]),
      ),
      clockOffsetMs: 3,
    });
    const own = ids.filter((_, at) => at % hosts.length === index);
    await samples.write({ ...hostSample(host, own), at: Date.now() });
  }
  if (round === 0) return;
  for (let event = 0; event < 20; event += 1) {
    const text = `flag new_feature of service ${event} set in round ${round}`;
    await stage.events.append({ type: 'flag-set', text, by: 'bench' });
  }
}
