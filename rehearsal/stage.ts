import { z } from 'zod';
import type { RehearsalOptions } from './options.ts';
import type { Fleet } from './parts/fleet.ts';
import type { Mailbox } from './parts/mailbox.ts';
import type { Perch } from './parts/perch.ts';
import type { Proxy } from './parts/proxy.ts';
import type { RedisReader } from './parts/redis-reader.ts';
import type { RedisServer } from './parts/redis-server.ts';
import type { Child } from './processes/child.ts';
import type { Recorder } from './report.ts';
import type { Traffic } from './traffic/traffic.ts';

/** The whole release on one machine, for those who act on it. */
export interface Stage {
  readonly options: RehearsalOptions;
  readonly redis: RedisServer;
  readonly reader: RedisReader;
  readonly perch: Perch;
  readonly fleet: Fleet;
  readonly proxy: Proxy;
  readonly consoleUrl: string;
  /** Only where a monitor judges. */
  readonly judgement?: Judgement;
  readonly traffic: Traffic;
  readonly recorder: Recorder;
}

/** What is there where a canary is judged. */
export interface Judgement {
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

/** Notes how many requests failed; none may. */
export function checkNoneFailed({ traffic, recorder }: Stage): void {
  const { failed, failures } = traffic.tally;
  const causes = [...failures].map(([cause, count]) => `${count} ${cause}`).join(', ');
  recorder.check('failed requests', {
    expected: 0,
    actual: failed === 0 ? 0 : `${failed} (${causes})`,
  });
}
