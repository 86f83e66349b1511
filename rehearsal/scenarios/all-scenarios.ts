import { flags } from './flags.ts';
import { redisDown } from './redis-down.ts';
import type { Scenario } from './scenario.ts';
import { split } from './split.ts';
import { swap } from './swap.ts';

/** Every scenario that `--scenario` knows. */
export const scenarios: readonly Scenario[] = [split, swap, flags, redisDown];
