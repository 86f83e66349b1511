import { badCanary } from './bad-canary.ts';
import { alternatingClient } from './alternating-client.ts';
import { coldCanary } from './cold-canary.ts';
import { cutOffProxy } from './cut-off-proxy.ts';
import { diskFull } from './disk-full.ts';
import { crashCanary, memoryLeak, sickCanary, slowCanary } from './faulty-canaries.ts';
import { flags } from './flags.ts';
import { hungCanary } from './hung-canary.ts';
import { lateHarm } from './late-harm.ts';
import { wrongClock } from './wrong-clock.ts';
import { healthy } from './healthy.ts';
import { redisDown } from './redis-down.ts';
import { manyServices } from './many-services.ts';
import { progressive } from './progressive.ts';
import type { Scenario } from './scenario.ts';
import { sesThrottled } from './ses-throttled.ts';
import { sharedOutage } from './shared-outage.ts';
import { split } from './split.ts';
import { swap } from './swap.ts';
import { twoMonitors } from './two-monitors.ts';

/** All scenarios, in the order of the help. */
export const scenarios: readonly Scenario[] = [
  split,
  swap,
  flags,
  redisDown,
  badCanary,
  lateHarm,
  slowCanary,
  coldCanary,
  hungCanary,
  crashCanary,
  memoryLeak,
  sickCanary,
  healthy,
  sharedOutage,
  alternatingClient,
  twoMonitors,
  sesThrottled,
  wrongClock,
  cutOffProxy,
  diskFull,
  manyServices,
  progressive,
];
