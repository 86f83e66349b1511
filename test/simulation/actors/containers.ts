import { setTimeout as delay } from 'node:timers/promises';
import type { Container } from '../fleet/fleet.ts';
import type { World } from '../world.ts';
import { CanaryProcess } from './canary.ts';

type NewContainer = Pick<Container, 'id' | 'host' | 'key' | 'track' | 'version'>;

/** The Docker engines of all hosts. */
export class Containers {
  readonly #world: World;
  readonly #canaries = new Map<string, CanaryProcess>();
  readonly #stopObservers: ((container: Container) => void)[] = [];
  readonly #startObservers: ((wanted: NewContainer, holder: Container | undefined) => void)[] = [];
  readonly #random;

  constructor(world: World) {
    this.#world = world;
    this.#random = world.chanceOf('containers');
  }

  onStop(observer: (container: Container) => void): void {
    this.#stopObservers.push(observer);
  }

  onStart(observer: (wanted: NewContainer, holder: Container | undefined) => void): void {
    this.#startObservers.push(observer);
  }

  /** Starts a container unless it runs. False if its port is taken. */
  start(wanted: NewContainer): boolean {
    const { fleet, kernel } = this.#world;
    const holder = fleet.containers.find(({ key }) => key === wanted.key);
    if (holder?.id === wanted.id) return true;
    for (const react of this.#startObservers) react(wanted, holder);
    if (holder !== undefined) return false;
    const isBad = wanted.track === 'canary' && this.#random.chance(0.6);
    const container: Container = {
      ...wanted,
      isRunning: true,
      isHealthy: true,
      isVetoed: () => false,
      failures: isBad ? this.#random.between(0.2, 1) : 0.002,
      restartedAt: [],
      drainedAtMs: undefined,
    };
    kernel.note(`docker: started ${wanted.id} at ${wanted.key}`);
    fleet.containers.push(container);
    if (wanted.track === 'canary') {
      this.#canaries.set(wanted.id, new CanaryProcess(this.#world, container));
    }
    return true;
  }

  /** Notes that the drain of a container's member has ended. */
  drained(id: string, atMs: number): void {
    const container = this.#world.fleet.containers.find((candidate) => candidate.id === id);
    if (container !== undefined) container.drainedAtMs = atMs;
  }

  /** Stops and removes a container. */
  async stop(id: string): Promise<void> {
    const { fleet, kernel } = this.#world;
    const container = fleet.containers.find((candidate) => candidate.id === id);
    if (container === undefined) return;
    kernel.note(`docker: stops ${id} at ${container.key}`);
    for (const react of this.#stopObservers) react(container);
    this.#canaries.get(id)?.stop();
    container.isRunning = false;
    await delay(200);
    fleet.containers.splice(fleet.containers.indexOf(container), 1);
  }

  /** Ends a container's process; Docker starts it again. */
  crash(container: Container): void {
    if (!container.isRunning) return;
    const { kernel, redis } = this.#world;
    container.isRunning = false;
    container.restartedAt.push(Math.floor(redis.nowMs));
    this.#canaries.get(container.id)?.supervised.process?.end();
    kernel.scheduleOutside(this.#random.between(200, 1_500), () => {
      if (this.#world.fleet.containers.includes(container)) container.isRunning = true;
    });
  }
}
