import type { Containers } from './actors/containers.ts';
import type { Random } from './kernel/random.ts';
import type { World } from './world.ts';

type Fault = (world: World, random: Random, containers: Containers) => void;

/** Each kind of fault with its weight. */
const faults: readonly (readonly [weight: number, Fault])[] = [
  [3, crashProcess],
  [4, pauseProcess],
  [4, cutHost],
  [4, cutAfterWrite],
  [2, breakConnections],
  [2, crashContainer],
  [2, sicken],
  [1, jumpClock],
  [1, jumpRedisClock],
  [2, restartRedis],
  [2, loseData],
  [1, pauseRedis],
];
const total = faults.reduce((sum, [weight]) => sum + weight, 0);

/** Lets faults happen by chance until `endMs`, then ends them all. */
export function startFaults(world: World, containers: Containers, endMs: number): void {
  const { kernel, network, redis } = world;
  const random = world.chanceOf('faults');
  const everyMs = random.between(500, 4_000);
  network.breakBefore = random.chance(0.5) ? 0.002 : 0;
  network.breakAfter = random.chance(0.5) ? 0.004 : 0;
  network.hintLoss = random.chance(0.5) ? 0.5 : 0;
  network.slowChance = random.chance(0.5) ? 0.02 : 0;
  network.slowestMs = 700;
  const next = () => {
    if (kernel.nowMs >= endMs) return;
    choose(random)(world, random, containers);
    kernel.scheduleOutside(random.between(0, 2 * everyMs), next);
  };
  const snapshots = () => {
    if (redis.isUp) redis.snapshot();
    if (kernel.nowMs < endMs) kernel.scheduleOutside(random.between(500, 4_000), snapshots);
  };
  kernel.scheduleOutside(random.between(5_000, 10_000), next);
  kernel.scheduleOutside(500, snapshots);
  kernel.scheduleOutside(endMs, () => endAll(world));
}

function choose(random: Random): Fault {
  let left = random.between(0, total);
  for (const [weight, fault] of faults) {
    left -= weight;
    if (left < 0) return fault;
  }
  return crashProcess;
}

/** Lets every part work again. */
function endAll(world: World): void {
  const { kernel, network, redis } = world;
  world.fault('all faults end');
  world.isStormy = false;
  network.heal();
  redis.pausedUntilMs = 0;
  if (!redis.isUp) redis.start('complete');
  for (const { process } of world.supervised) {
    if (process !== undefined && process.pausedUntilMs > kernel.nowMs) {
      process.pausedUntilMs = kernel.nowMs;
    }
  }
  for (const container of world.fleet.containers) container.isHealthy = true;
}

function crashProcess(world: World, random: Random): void {
  const target = random.pick(world.supervised);
  if (target?.process === undefined) return;
  world.fault(`${target.process.name} crashes`);
  target.process.end();
}

function pauseProcess(world: World, random: Random): void {
  const { kernel } = world;
  const target = random.pick(world.supervised)?.process;
  if (target === undefined) return;
  const ms = random.chance(0.5) ? random.between(100, 4_000) : random.between(4_000, 14_000);
  world.fault(`${target.name} is suspended for ${ms.toFixed(0)} ms`);
  target.pausedUntilMs = kernel.nowMs + ms;
}

function cutHost(world: World, random: Random): void {
  const { kernel, network } = world;
  const host = random.pick([...world.hosts, world.control]);
  if (host === undefined) return;
  const ms = random.chance(0.5) ? random.between(100, 3_000) : random.between(3_000, 15_000);
  world.fault(`${host.name} is cut off from Redis for ${ms.toFixed(0)} ms`);
  network.cutUntilMs.set(host.name, kernel.nowMs + ms);
}

/** Messages into a cut cable arrive late: a leader's last write may arrive in the term of another. */
function cutAfterWrite(world: World, random: Random): void {
  const host = random.pick([...world.hosts, world.control]);
  if (host === undefined) return;
  const forMs = random.whole(4_000, 12_000);
  world.fault(`${host.name} will be cut off from Redis after its next write`);
  world.network.cutAfterWrite = { host, forMs };
}

function breakConnections(world: World, random: Random): void {
  world.fault('connections to Redis break');
  const broken = Array.from(world.redis.connections).filter(() => random.chance(0.5));
  for (const connection of broken) connection.onClosed();
}

function crashContainer(world: World, random: Random, containers: Containers): void {
  const container = random.pick(world.fleet.containers);
  if (container === undefined) return;
  world.fault(`container ${container.id} crashes`);
  containers.crash(container);
}

function sicken(world: World, random: Random): void {
  const container = random.pick(world.fleet.containers);
  if (container === undefined) return;
  world.fault(`container ${container.id} is ${container.isHealthy ? 'un' : ''}healthy`);
  container.isHealthy = !container.isHealthy;
}

function jumpClock(world: World, random: Random): void {
  const host = random.pick(world.hosts);
  if (host === undefined) return;
  host.clockOffsetMs += random.between(-30_000, 30_000);
  world.fault(`the clock of ${host.name} jumps to ${host.clockOffsetMs.toFixed(0)} ms`);
}

function jumpRedisClock(world: World, random: Random): void {
  const { redis } = world;
  redis.clockOffsetMs += random.between(-10_000, 10_000);
  world.fault(`the clock of Redis jumps to ${redis.clockOffsetMs.toFixed(0)} ms`);
}

function restartRedis(world: World, random: Random): void {
  restart(world, downMs(random), 'complete');
}

function loseData(world: World, random: Random): void {
  restart(world, downMs(random), random.chance(0.3) ? 'empty' : random.whole(0, 3));
}

/** Long enough at times for all reports of proxies to expire. */
function downMs(random: Random): number {
  return random.chance(0.6) ? random.between(50, 2_000) : random.between(2_000, 9_000);
}

function restart(world: World, downMs: number, data: number | 'empty' | 'complete'): void {
  const { kernel, redis } = world;
  if (!redis.isUp) return;
  world.fault(`Redis restarts in ${downMs.toFixed(0)} ms, data: ${data}`);
  redis.stop();
  kernel.scheduleOutside(downMs, () => {
    if (redis.isUp) return;
    world.fault('Redis is back');
    redis.start(data);
  });
}

function pauseRedis(world: World, random: Random): void {
  const { kernel, redis } = world;
  const ms = random.between(100, 4_000);
  world.fault(`Redis is suspended for ${ms.toFixed(0)} ms`);
  redis.pausedUntilMs = kernel.nowMs + ms;
}
