import { z } from 'zod';
import type { RehearsalOptions } from './rehearsal-options.ts';
import type { Fleet } from './parts/fleet.ts';
import type { GuestServices } from './parts/guest-service.ts';
import type { Mailbox } from './parts/mailbox.ts';
import type { Perch } from './parts/perch-command.ts';
import type { ProxyPlan, RunningProxy } from './parts/running-proxy.ts';
import type { RedisReader } from './parts/redis-reader.ts';
import type { RedisServer } from './parts/redis-server.ts';
import type { Child } from './processes/child.ts';
import type { Recorder } from './report.ts';
import type { Traffic } from './traffic/traffic.ts';
import { until } from './until.ts';

/** All parts of a rehearsal, for the scenario that plays on it. */
export interface Stage {
  readonly options: RehearsalOptions;
  /** Name of the rehearsal's own service. */
  readonly service: string;
  readonly redis: RedisServer;
  readonly reader: RedisReader;
  readonly perch: Perch;
  readonly fleet: Fleet;
  /** Proxy that all requests go through, unless the scenario starts others. */
  readonly proxy: RunningProxy;
  /** Starts another proxy, on any free ports. */
  readonly startProxy: (plan: ProxyPlan) => Promise<RunningProxy>;
  /** Services that join the proxy, the monitor and Redis. */
  readonly guests: GuestServices;
  readonly consoleUrl: string;
  /** Undefined without a monitor. */
  readonly monitoring?: Monitoring;
  readonly traffic: Traffic;
  readonly recorder: Recorder;
}

/** Parts of a rehearsal that checks of its requests need. */
interface Checked {
  readonly traffic: Pick<Traffic, 'counts'>;
  readonly recorder: Recorder;
}

/** Parts that exist only with a monitor. */
export interface Monitoring {
  readonly mailbox: Mailbox;
  readonly monitor: Child;
  /** Port of the emulated SES. */
  readonly sesPort: number;
}

const changeSchema = z.object({ generation: z.int() });

/** Sets the canary's weight and waits until the proxy applies it. */
export async function setWeight(
  stage: Pick<Stage, 'perch' | 'proxy'>,
  weight: number,
  affinity = 'none',
) {
  const changed = await stage.perch.run('weight', String(weight), '--affinity', affinity);
  await stage.proxy.untilApplied(changeSchema.parse(changed).generation);
}

/** Fewest requests for the check that none failed. */
const leastRequests = { full: 5_000, quick: 300 };

/** Waits until there were enough requests, then checks that none of them failed. */
export async function endWithNoneFailed(stage: Stage): Promise<void> {
  await endWithEnough(stage);
  checkNoneFailed(stage);
}

/** Waits until there were enough requests, and ends the traffic. */
export async function endWithEnough({ traffic, recorder, options }: Stage): Promise<void> {
  const least = options.quick ? leastRequests.quick : leastRequests.full;
  if (traffic.ratePerSecond > 0) {
    const timeoutMs = (2_000 * least) / traffic.ratePerSecond + 20_000;
    await until(`${least} requests`, () => traffic.counts.total >= least, { timeoutMs });
  }
  await traffic.pause();
  recorder.check('requests', {
    expected: `at least ${least}`,
    actual: traffic.counts.total,
    ok: traffic.counts.total >= least,
  });
}

/** Checks that no request failed. */
export function checkNoneFailed({ traffic, recorder }: Checked): void {
  const { failed, failures } = traffic.counts;
  recorder.check('failed requests', {
    expected: 0,
    actual: failed === 0 ? 0 : `${failed} (${causesIn(failures)})`,
  });
}

/**
 * Checks that no request failed, but those that the canary itself answered: people break it, as the
 * tips suggest.
 */
export function checkNoneFailedElsewhere(stage: Checked): void {
  const { counts } = stage.traffic;
  const ofCanary = counts.failedBy('canary');
  if (ofCanary === 0) return checkNoneFailed(stage);
  const others = counts.failed - ofCanary;
  stage.recorder.check(`failed requests, without ${ofCanary} that the canary answered`, {
    expected: 0,
    actual: others === 0 ? 0 : `${others} (all: ${causesIn(counts.failures)})`,
  });
}

function causesIn(failures: ReadonlyMap<string, number>): string {
  return [...failures].map(([cause, count]) => `${count} ${cause}`).join(', ');
}
