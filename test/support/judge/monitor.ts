import type { Redis } from 'ioredis';
import type { Track } from '../../../runtime/contract/names.ts';
import { trafficBucketMs, type SplitWeight } from '../../../runtime/contract/traffic-fields.ts';
import { latencyBin } from '../../../runtime/core/analysis/latency-bins.ts';
import type { Member } from '../../../runtime/core/release/release-document.ts';
import { beginRollout } from '../../../runtime/core/release/rollout-transitions.ts';
import {
  activate,
  inOrder,
  reserve,
  setWeight,
} from '../../../runtime/core/release/transitions.ts';
import { noCounts, type TrackCounts } from '../../../runtime/core/analysis/traffic-counts.ts';
import { parseMonitorConfig, type MonitorConfig } from '../../../runtime/monitor/config.ts';
import { ProxyReports } from '../../../runtime/store/release/proxy-reports.ts';
import { ReleaseStore } from '../../../runtime/store/release/release-store.ts';
import { TrafficStore } from '../../../runtime/store/judge/traffic-store.ts';

export function monitorConfig(given: object = {}): MonitorConfig {
  return parseMonitorConfig(JSON.stringify({ disks: [], ...given }), 'test');
}

/** Default weight of {@link StagedRelease.stage}, percent. */
const stagedWeight = 25;

interface Traffic {
  readonly requests: number;
  readonly failures?: number;
  readonly rejections?: number;
  /** Latency of every request. Default 10. */
  readonly latencyMs?: number;
  /** Further attempts that clients gave up after 10 s. Default 0. */
  readonly abandoned?: number;
}

/** Writes to Redis what a release's operators and proxies write. */
export class StagedRelease {
  readonly releases: ReleaseStore;
  readonly #traffic: TrafficStore;
  readonly #reports: ProxyReports;
  #sequence = 0;

  constructor(redis: Redis, service: string) {
    this.releases = new ReleaseStore(redis, service, { by: 'test' });
    this.#traffic = new TrafficStore(redis, service);
    this.#reports = new ProxyReports(redis, service);
  }

  /** Creates two stable members and a canary with `weight` percent of the traffic. */
  async stage(weight = stagedWeight, rolloutId = 'rollout-1'): Promise<void> {
    const members: [id: string, track: Member['track']][] = [
      ['stable-1', 'stable'],
      ['stable-2', 'stable'],
      ['canary-1', 'canary'],
    ];
    const plan = [{ weight, minDurationMs: 0, deadlineMs: null, onDeadline: 'pause' as const }];
    await this.releases.change((document) =>
      inOrder(
        document,
        ...members.flatMap(([id, track]) => {
          const version = track === 'canary' ? '2.0.0' : '1.0.0';
          const request = { id, track, version, host: 'host-1', address: '127.0.0.1' };
          return [
            (at: typeof document) => reserve(at, request),
            (at: typeof document) => activate(at, id),
          ];
        }),
        (at) => beginRollout(at, rolloutId, plan),
      ),
    );
  }

  async setWeight(weight: number): Promise<void> {
    await this.releases.change((document) => setWeight(document, weight));
  }

  /** Adds a proxy's counts to the bucket that holds `at`. */
  async handIn(
    at: number,
    tracks: Partial<Record<Track, Traffic>>,
    weight: SplitWeight = stagedWeight,
    rolloutId?: string,
  ): Promise<void> {
    const bucket = Math.floor(at / trafficBucketMs) * trafficBucketMs;
    this.#sequence += 1;
    const batch = { writer: 'proxy-1', sequence: this.#sequence };
    const { stable, canary } = tracks;
    const stratum = { weight, rolloutId, stable: countsOf(stable), canary: countsOf(canary) };
    await this.#traffic.add(bucket, [stratum], batch);
  }

  /** Writes a proxy's report on the members' health. */
  async report(memberHealth: Record<string, 'healthy' | 'unhealthy'>, id = 'proxy-1') {
    const inFlight = {};
    await this.#reports.write({ id, generation: 1, condition: 'fresh', inFlight, memberHealth });
  }
}

function countsOf(traffic: Traffic | undefined): TrackCounts {
  if (traffic === undefined) return noCounts;
  const { requests, failures = 0, rejections = 0, latencyMs = 10, abandoned = 0 } = traffic;
  return {
    ...noCounts,
    requests,
    failures,
    rejections,
    latency: new Map([[latencyBin(latencyMs), requests]]),
    abandoned: new Map([[latencyBin(10_000), abandoned]]),
  };
}
