import type { StackConfig } from '../config/stack-config.ts';
import { newest } from '../release/generation.ts';
import { App } from '../services/app.ts';
import { canaryWeight } from '../services/canary-weight.ts';
import { guardGuests } from './edge.ts';
import { afterRelease, makeWorkers } from './hooks.ts';
import { hostsInTurn } from './placement.ts';
import { makeStable, type Prod } from './prod.ts';
import { appArgs } from './service-args.ts';

/** Makes both tracks in one stack. */
export function makeLocal(config: StackConfig): Prod {
  const prod = makeStable(config);
  const canary = new App('canary', {
    ...appArgs(config),
    track: 'canary',
    hosts: hostsInTurn(prod.target.hosts, config.canaryCount),
    image: prod.appImage,
    version: prod.images.version,
    redis: prod.redis,
    control: prod.control,
    after: prod.before,
  });
  const workers = makeWorkers(config, { ...prod.release, track: 'canary' }, prod.before);
  const generation = canaryWeight('canary-weight', {
    control: prod.control,
    weight: config.canaryWeight,
    affinity: config.affinity,
    steps: config.steps,
    onInconclusive: config.onInconclusive,
    canary,
  });
  afterRelease(config, prod.release, [...prod.serving, canary, ...workers]);
  guardGuests(prod, [canary]);
  return { ...prod, generation: newest([prod.generation, generation]) };
}
