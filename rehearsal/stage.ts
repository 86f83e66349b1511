import { z } from 'zod';
import type { RehearsalOptions } from './rehearsal-options.ts';
import type { Fleet } from './parts/fleet.ts';
import type { Mailbox } from './parts/mailbox.ts';
import type { Perch } from './parts/perch-command.ts';
import type { RunningProxy } from './parts/running-proxy.ts';
import type { RedisReader } from './parts/redis-reader.ts';
import type { RedisServer } from './parts/redis-server.ts';
import type { Child } from './processes/child.ts';
import type { Recorder } from './report.ts';
import type { Traffic } from './traffic/traffic.ts';
import { until } from './until.ts';

/** The whole release on one machine, for those who act on it. */
export interface Stage {
  readonly options: RehearsalOptions;
  readonly redis: RedisServer;
  readonly reader: RedisReader;
  readonly perch: Perch;
  readonly fleet: Fleet;
  readonly proxy: RunningProxy;
  readonly consoleUrl: string;
  /** Only where a monitor judges. */
  readonly monitoring?: Monitoring;
  readonly traffic: Traffic;
  readonly recorder: Recorder;
}

/** What is there where a canary is judged. */
export interface Monitoring {
  readonly mailbox: Mailbox;
  readonly monitor: Child;
  /** Where SES seems to be. */
  readonly sesPort: number;
}

const changeSchema = z.object({ generation: z.int() });

/** Sets the canary's share and waits until the proxy splits by it. */
export async function setWeight(
  stage: Pick<Stage, 'perch' | 'proxy'>,
  weight: number,
  affinity = 'none',
) {
  const changed = await stage.perch.run('weight', String(weight), '--affinity', affinity);
  await stage.proxy.untilApplied(changeSchema.parse(changed).generation);
}

/** How many requests a promise that none fails is worth something for. */
const leastRequests = { full: 5_000, quick: 300 };

/** Goes on until there were enough requests, and ends with the check that none of them failed. */
export async function endWithNoneFailed(stage: Stage): Promise<void> {
  const { traffic, recorder, options } = stage;
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
  checkNoneFailed(stage);
}

/** Notes how many requests failed; none may. */
export function checkNoneFailed({ traffic, recorder }: Stage): void {
  const { failed, failures } = traffic.counts;
  const causes = [...failures].map(([cause, count]) => `${count} ${cause}`).join(', ');
  recorder.check('failed requests', {
    expected: 0,
    actual: failed === 0 ? 0 : `${failed} (${causes})`,
  });
}
