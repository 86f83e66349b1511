import { env } from '../../../runtime/contract/env.ts';
import { proxySettings } from '../../../runtime/proxy/settings/settings.ts';
import { ProxyWorker } from '../../../runtime/proxy/worker.ts';
import { proxyId } from '../../../runtime/proxy/workers/proxy-id.ts';
import type { VirtualHost } from '../kernel/virtual-process.ts';
import { redisUrl, service, type World } from '../world.ts';

const requestEveryMs = 200;
const requestsAtOnce = 4;

/** The worker of one host's proxy, and the clients that send it requests. */
export function startProxy(world: World, host: VirtualHost): void {
  const environment = { [env.redisUrl]: redisUrl, [env.service]: service };
  const settings = proxySettings(
    { stateDir: `/state/${host.name}`, unjudgedAfter: '20' },
    environment,
  );
  world.supervise(`proxy-${host.name}`, host, async () => {
    const process = world.kernel.current;
    const worker = new ProxyWorker({
      settings,
      id: proxyId(host.name, 0),
      logger: world.logger(),
      onStatus: (status) => world.kernel.note(`${process?.name}: ${JSON.stringify(status)}`),
    });
    await worker.start();
    setInterval(() => {
      const gateway = process === undefined ? undefined : world.fleet.gateways.get(process);
      for (let count = 0; count < requestsAtOnce; count += 1) gateway?.request();
    }, requestEveryMs);
  });
}
