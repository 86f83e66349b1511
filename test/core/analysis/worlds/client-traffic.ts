import type { Track } from '../../../../runtime/contract/names.ts';
import type { HarmMetric } from '../../../../runtime/contract/traffic-fields.ts';
import type { OpenStratum } from '../../../../runtime/core/analysis/traffic-counts.ts';
import type { Traffic } from '../simulation.ts';
import { fastBin, slowBin } from './chance-traffic.ts';
import { addTo } from './latency-model.ts';

/** Clients under `affinity: cookie`: chance gives each client its track, for the whole rollout. */
export interface ClientConditions {
  readonly weight: number;
  /** Visits that begin in a second. A visit has 5 to 20 requests, one a second. */
  readonly visitsPerSecond: number;
  /** Shares of the clients, 0 to 1. Failing ones get failures only, whatever the version. */
  readonly failing?: number;
  /** Heavy ones send ten times as many requests, and four of five are slow, whatever the version. */
  readonly heavy?: number;
  /** Probability that a canary answer fails beyond what is ordinary, from `fromSecond` on. */
  readonly harm?: number;
  readonly fromSecond?: number;
  /** Unit that the proxy counts. Default `clients`. */
  readonly unit?: 'clients' | 'requests';
}

const ordinary = { failure: 0.001, slow: 0.05 };
/** Clients that come again and again. */
const population = 2_000;
const warmUpSeconds = 30;

interface Client {
  readonly track: Track;
  readonly isFailing: boolean;
  readonly isHeavy: boolean;
  readonly hits: Set<HarmMetric>;
}

/** Requests of a client in the running bucket. */
interface Seen {
  timed: number;
  slow: number;
}

interface Visit {
  readonly client: Client;
  left: number;
}

export function clientTraffic(conditions: ClientConditions, chance: () => number): Traffic {
  const { weight, visitsPerSecond, harm = 0, fromSecond = 0, unit = 'clients' } = conditions;
  const clients = Array.from({ length: population }, (): Client => newClient(conditions, chance));
  let visits: Visit[] = [];
  let seen = new Map<Client, Seen>();
  let due = 0;
  const request = (counts: OpenStratum, client: Client, second: number) => {
    const extra = client.track === 'canary' && second >= fromSecond ? harm : 0;
    const fails = client.isFailing || chance() < ordinary.failure + extra;
    const isSlow = chance() < (client.isHeavy ? 0.8 : ordinary.slow);
    const isCold = client.track === 'canary' && second < warmUpSeconds;
    const ofTrack = counts[client.track];
    ofTrack.requests += 1;
    if (fails) ofTrack.failures += 1;
    addTo(isCold ? ofTrack.cold : ofTrack.latency, isSlow ? slowBin : fastBin, 1);
    if (unit === 'requests') return;
    const known = seen.get(client);
    const now = known ?? { timed: 0, slow: 0 };
    seen.set(client, now);
    if (!isCold) now.timed += 1;
    if (!isCold && isSlow) now.slow += 1;
    if (known === undefined) {
      for (const metric of ['errors', 'rejections'] as const) {
        if (!client.hits.has(metric)) ofTrack.clients[metric].atRisk += 1;
      }
    }
    if (fails && !client.hits.has('errors')) {
      client.hits.add('errors');
      ofTrack.clients.errors.hit += 1;
    }
  };
  return {
    weight: () => weight,
    fromSecond,
    serve(counts, from, seconds) {
      for (let second = from; second < from + seconds; second += 1) {
        for (due += visitsPerSecond; due >= 1; due -= 1) {
          const client = clients[Math.floor(chance() * population)];
          if (client !== undefined) visits.push({ client, left: visitLength(client, chance) });
        }
        for (const visit of visits) {
          visit.left -= 1;
          request(counts, visit.client, second);
        }
        visits = visits.filter(({ left }) => left > 0);
      }
    },
    endBucket(counts) {
      for (const [client, { timed, slow }] of seen) {
        if (timed === 0 || client.hits.has('latency')) continue;
        const ofTrack = counts[client.track].clients.latency;
        ofTrack.atRisk += 1;
        if (slow * 2 <= timed) continue;
        client.hits.add('latency');
        ofTrack.hit += 1;
      }
      seen = new Map();
    },
  };
}

function newClient(
  { weight, failing = 0, heavy = 0 }: ClientConditions,
  chance: () => number,
): Client {
  return {
    track: chance() * 100 < weight ? 'canary' : 'stable',
    isFailing: chance() < failing,
    isHeavy: chance() < heavy,
    hits: new Set(),
  };
}

function visitLength({ isHeavy }: Client, chance: () => number): number {
  const requests = 5 + Math.floor(chance() * 16);
  return isHeavy ? 10 * requests : requests;
}
