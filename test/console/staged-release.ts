import { redisKeys } from '../../runtime/contract/redis-keys.ts';
import { noCounts, type TrackCounts } from '../../runtime/core/analysis/traffic-counts.ts';
import { latencyBin } from '../../runtime/core/analysis/latency-bins.ts';
import { EvidenceHistoryStore } from '../../runtime/store/judge/evidence-history-store.ts';
import { SampleStore } from '../../runtime/store/judge/sample-store.ts';
import { TrafficStore } from '../../runtime/store/judge/traffic-store.ts';
import { ReleaseHistoryStore } from '../../runtime/store/release/release-history-store.ts';
import type { Step } from '../../runtime/core/release/release-document.ts';
import { hostSample } from '../support/host-sample.ts';
import { details, opening } from '../support/judge/incident.ts';
import { writeLastingReport } from '../support/lasting-report.ts';
import { member } from '../support/release-document.ts';
import { onOff, service, type ConsoleServer } from './console-server.ts';

const minuteMs = 60_000;

/** Four steps; the second one has 6 minutes left. */
export const steps: Step[] = [5, 25, 50, 100].map((weight) => ({
  weight,
  minDurationMs: 10 * minuteMs,
  deadlineMs: 30 * minuteMs,
  onDeadline: 'pause' as const,
}));

/** Evidence of the ejection, as far as the page shows it. */
const ejectedBy = {
  evidence: {
    rule: 'errors',
    canary: { requests: 48, failures: 12 },
    stable: { requests: 144, failures: 0 },
    eValues: { errors: 97.31, latency: 1, rejections: 1 },
    harmfulFrom: { errors: 40, latency: 44.4, rejections: 400 },
    safety: { relative: 0, absolute: 0 },
    safeFrom: 20,
  },
};
const evidence = '12 of 48 canary requests (25.0%) failed, against 0 of 144 stable requests (0.0%)';

/**
 * Puts a canary on its second step into Redis, with everything that a console shows: members, their
 * hosts, proxies, traffic, a verdict, flags, events and the history of releases.
 * @param generation of the release, which the proxies apply.
 */
export async function stageRollout(stage: ConsoleServer, generation = 41): Promise<void> {
  const now = Date.now();
  if ((await stage.events.last(1)).length === 0) await writeEvents(stage, now);
  await stage.storeRelease({
    generation,
    rolloutId: 'r-21',
    phase: 'progressing',
    weight: 25,
    step: 1,
    plan: steps,
    stepStartedAt: now - 4 * minuteMs,
    reason: 'rollout r-21 at step 2 of 4, weight 25; step 1 was safe',
    updatedAt: now - 4 * minuteMs,
    updatedBy: 'monitor host-1',
    members: [
      member('canary-1', 20_004, { version: '2.1.0', host: 'host-1' }),
      member('stable-1', 20_001, { version: '2.0.0', host: 'host-1' }),
      member('stable-2', 20_002, { version: '2.0.0', host: 'host-2' }),
      member('stable-3', 20_003, { version: '2.0.0', host: 'host-2' }),
    ],
  });
  await stage.flags.set('new_feature', onOff);
  await stageEdge(stage, generation);
  await writeVerdict(
    stage,
    'inconclusive',
    '0 of 48 canary requests (0.0%) failed: not enough data yet',
  );
  await writeTraffic(stage, now);
  await writeEvidence(stage, now);
  await writeHistory(stage);
}

/** Ejects the canary of {@link stageRollout}, as the judge does, with its incident. */
export async function stageEjection(stage: ConsoleServer): Promise<void> {
  const now = Date.now();
  const { document } = (await stage.overview()).release;
  if (document === null) throw new Error('nothing is staged');
  const id = `canary-ejected|canary|${now}`;
  const summary = `canary 2.1.0 was ejected: ${evidence}`;
  const about = details({
    summary,
    evidence,
    actions: ['The canary was ejected: stable has all of the traffic'],
    nextSteps: [
      'Nothing is urgent: stable has all of the traffic',
      'Read its logs on host-1: `docker logs --tail 100 canary-1`',
      'Fix it and deploy it again; or if it is well, `perch reinstate --reason TEXT`',
    ],
  });
  await stage.storeRelease({
    ...document,
    generation: document.generation + 1,
    phase: 'aborted',
    weight: 0,
    reason: evidence,
    updatedAt: now,
    evidence: {
      ejection: { incidentId: id, flags: [], details: JSON.parse(JSON.stringify(about)) },
    },
    members: [
      member('canary-1', 20_004, { version: '2.1.0', state: 'ejected' }),
      ...document.members
        .filter(({ track }) => track === 'stable')
        .map(({ id, track, url, version, host, state }) => ({
          id,
          track,
          url,
          version,
          host,
          state,
        })),
    ],
  });
  const detail = JSON.stringify(ejectedBy);
  const by = 'monitor host-1';
  await stage.events.append({ type: 'canary-ejected', text: evidence, by, detail });
  const change = opening('canary-ejected', 'canary', now);
  await stage.incidents.apply(
    { ...change, incident: { ...change.incident, id, details: about } },
    { by: 'monitor host-1', epoch: 0, channels: [] },
  );
  await writeVerdict(stage, 'harmful', evidence);
  await stageEdge(stage, document.generation + 1);
}

/** Two proxies that apply the release, and a sample of each host. */
async function stageEdge(stage: ConsoleServer, generation: number): Promise<void> {
  for (const host of ['host-1', 'host-2']) {
    await writeLastingReport(stage.redis, service, {
      id: `${host}-0-00000a`,
      generation,
      condition: 'fresh',
      inFlight: { 'stable-1': 2, 'canary-1': 1 },
      memberHealth: {
        'canary-1': 'healthy',
        'stable-1': 'healthy',
        'stable-2': 'healthy',
        'stable-3': 'healthy',
      },
      memberCounts: { 'canary-1': { requests: 48, failures: 0 } },
      memberLatencies: { 'canary-1': [96, 20, 3, 1], 'stable-1': [94, 61, 9, 4] },
      clockOffsetMs: 3,
    });
  }
  const samples = new SampleStore(stage.redis, service);
  await samples.write({ ...hostSample('host-1', ['canary-1', 'stable-1']), at: Date.now() });
  await samples.write({ ...hostSample('host-2', ['stable-2', 'stable-3']), at: Date.now() });
}

async function writeVerdict(
  { redis }: ConsoleServer,
  kind: 'inconclusive' | 'harmful',
  sentence: string,
): Promise<void> {
  const verdict = { kind, sentence, evidence: { safety: { missing: 150 } } };
  const status = { at: Date.now(), leader: 'monitor host-1', verdict, near: [] };
  await redis.set(redisKeys(service).verdict, JSON.stringify(status));
}

/** Nine minutes of a canary on trial, which nears safety, and what a slow test may still see of it. */
async function writeEvidence({ redis }: ConsoleServer, now: number): Promise<void> {
  const store = new EvidenceHistoryStore(redis, service);
  const start = Math.floor(now / 10_000) * 10_000;
  const periods = Array.from({ length: 66 }, (_, index) => ({
    startMs: start - (54 - index) * 10_000,
    harm: {
      errors: 14 + 10 * Math.sin(index / 5),
      latency: index < 12 ? null : 9 + 6 * Math.sin(index / 3),
      rejections: 2,
    },
    safety: Math.min(index, 53),
  }));
  await store.write('buckets', periods);
}

/** A last minute in which the evidence of failed requests crosses the bound of an ejection. */
export async function writeHarm({ redis }: ConsoleServer, now = Date.now()): Promise<void> {
  const store = new EvidenceHistoryStore(redis, service);
  const start = Math.floor(now / 10_000) * 10_000;
  const periods = [30, 55, 80, 130, 250, 250].map((errors, index) => ({
    startMs: start - (5 - index) * 10_000,
    harm: { errors, latency: 9, rejections: 2 },
    safety: 0,
  }));
  await store.write('buckets', periods);
}

/** Ten minutes of traffic, a quarter of it on the canary. */
async function writeTraffic({ redis }: ConsoleServer, now: number): Promise<void> {
  const store = new TrafficStore(redis, service);
  for (let index = 0; index < 60; index += 1) {
    const startMs = Math.floor((now - index * 10_000) / 10_000) * 10_000;
    const busy = 90 + Math.round(30 * Math.sin(index / 6));
    const stratum = {
      weight: 25,
      rolloutId: 'r-21',
      canaryKey: undefined,
      stable: counts(3 * busy, 40 + (index % 7)),
      canary: counts(busy, 44 + (index % 5)),
    };
    await store.add(startMs, [stratum], { writer: 'test', sequence: index });
  }
}

function counts(requests: number, ms: number): TrackCounts {
  const slow = Math.max(1, Math.round(requests / 40));
  const latency = new Map([
    [latencyBin(ms), requests - slow],
    [latencyBin(4 * ms), slow],
  ]);
  return { ...noCounts, requests, failures: requests > 115 ? 1 : 0, latency };
}

/** Events of the past, so that they stand inside the charts. */
async function writeEvents({ redis }: ConsoleServer, now: number): Promise<void> {
  const past = [
    [9, 'rollout-begun', 'rollout r-21 begun at weight 5'],
    [4, 'rollout-advanced', 'rollout r-21 at step 2 of 4, weight 25; step 1 was safe'],
  ] as const;
  for (const [minutes, type, text] of past) {
    const id = `${now - minutes * minuteMs}-0`;
    const fields = ['type', type, 'text', text, 'by', 'monitor host-1'];
    await redis.xadd(redisKeys(service).events, id, ...fields);
  }
}

async function writeHistory({ redis }: ConsoleServer): Promise<void> {
  const store = new ReleaseHistoryStore(redis, service);
  const common = { stack: 'prod', track: 'stable', by: 'ada@laptop' } as const;
  const earlier = await store.append({ ...common, version: '1.9.0', image: 'z' });
  await store.append({ ...common, release: earlier, outcome: 'served' });
  const first = await store.append({
    ...common,
    version: '2.0.0',
    commit: '4c63b7782f',
    image: 'a',
  });
  await store.append({ ...common, release: first, outcome: 'served' });
  await store.append({ ...common, track: 'canary', stack: 'canary', version: '2.1.0', by: 'ci' });
}
