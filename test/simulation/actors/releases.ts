import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../kernel/random.ts';
import type { World } from '../world.ts';
import type { Containers } from './containers.ts';
import { Stack, UpdateFailed } from './stack.ts';

const retryMs = 4_000;

/** The stable stack: releases one version after the other. */
export function startStableStack(world: World, containers: Containers): void {
  const [first, second] = world.hosts;
  if (first === undefined || second === undefined) return;
  const stack = new Stack({ world, containers, track: 'stable', hosts: [first, second] });
  const random = world.chanceOf('stable');
  let version = 1;
  world.supervise('pulumi-stable', world.control, async () => {
    for (;;) {
      await attempt(world, () => stack.update(`v${version}`));
      if (stack.members.every((member) => member.version === `v${version}`)) {
        await delay(random.between(6_000, 20_000));
        if (world.isStormy) version += 1;
      } else await delay(retryMs);
    }
  });
}

/** The canary stack: brings a canary up, waits, and takes it down again or replaces it. */
export function startCanaryStack(world: World, containers: Containers): void {
  const random = world.chanceOf('canary');
  const [, second, third] = world.hosts;
  if (second === undefined || third === undefined) return;
  const hosts = random.chance(0.5) ? [third] : [second, third];
  const stack = new Stack({ world, containers, track: 'canary', hosts });
  let version = 0;
  world.supervise('pulumi-canary', world.control, async () => {
    await delay(random.between(1_000, 5_000));
    for (;;) {
      version += 1;
      const isUp = await attempt(world, async () => {
        await stack.update(`c${version}`);
        if (random.chance(0.5)) await stack.share(random.whole(10, 60));
        else await stack.shareInSteps(anyPlan(random));
      });
      if (isUp) await delay(random.between(4_000, 15_000));
      while (random.chance(0.5) && !(await attempt(world, () => remove(stack)))) {
        await delay(retryMs);
      }
      await delay(random.between(500, 3_000));
    }
  });
}

/** Steps of a few seconds, so that many end while their canary is there. */
function anyPlan(random: Random): object {
  const steps = Array.from({ length: random.whole(1, 4) }, (_, index) => ({
    weight: 10 * (index + 1),
    minutes: random.pick([0, 0.01]),
    until: random.pick([0.02, 0.05, 0.1]),
  }));
  return { steps, onInconclusive: random.pick(['hold', 'continue', 'continue', 'abort']) };
}

async function remove(stack: Stack): Promise<void> {
  await stack.unshare();
  await stack.update(undefined);
}

async function attempt(world: World, update: () => Promise<void>): Promise<boolean> {
  try {
    await update();
    return true;
  } catch (error) {
    if (!(error instanceof UpdateFailed)) throw error;
    world.kernel.note(`pulumi: update failed, ${error.message}`);
    return false;
  }
}
