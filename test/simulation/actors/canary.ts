import { HealthVeto } from '../../../runtime/app/self-ejection/health-veto.ts';
import { connectOrDefer } from '../../../runtime/process/connect-or-defer.ts';
import { startSelfEjector } from '../../../runtime/process/self-ejection-watch.ts';
import type { Container } from '../fleet/fleet.ts';
import { redisUrl, service, type SupervisedProcess, type World } from '../world.ts';

type StopItself = (reason: string) => Promise<void>;

/** The process of a canary's container: it ejects itself if it is unhealthy or ordered to. */
export class CanaryProcess {
  readonly #world: World;
  readonly #supervised: SupervisedProcess;
  #eject: StopItself | undefined;

  constructor(world: World, container: Container) {
    this.#world = world;
    const { id: memberId, host, version } = container;
    this.#supervised = world.supervise(`app-${memberId}`, host, async () => {
      const veto = new HealthVeto();
      container.isVetoed = () => veto.reason !== undefined;
      const logger = world.logger();
      const redis = await connectOrDefer({ url: redisUrl, name: `perch-app-${memberId}`, logger });
      const identity = { service, memberId, host: host.name, track: 'canary', version } as const;
      const answers = [Response.json({}, { status: 500 }), Response.json({})] as const;
      const ask = async () => answers[container.isHealthy ? 1 : 0];
      this.#eject = startSelfEjector({ redis, identity, ask, veto, logger }).eject;
    });
  }

  get supervised(): SupervisedProcess {
    return this.#supervised;
  }

  /** Sends SIGTERM: the canary ejects itself and ends. */
  stop(): void {
    const { kernel } = this.#world;
    const { process } = this.#supervised;
    const end = () => this.#world.retire(this.#supervised);
    const eject = this.#eject;
    if (process === undefined || eject === undefined) return end();
    kernel.schedule(0, () => void eject('it received SIGTERM').then(end), process);
  }
}
