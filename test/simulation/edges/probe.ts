import type { Upstream } from '../../../runtime/proxy/http/contract/handler.ts';
import { platform } from '../platform/platform.ts';

/** Stands in for the proxy's probe of a member. */
export function probe({ key }: Upstream): Promise<boolean> {
  const { kernel, fleet } = platform();
  const { promise, resolve } = Promise.withResolvers<boolean>();
  kernel.schedule(fleet.random.between(1, 5), () => {
    const container = fleet.at(key);
    resolve(container?.isHealthy === true && !container.isVetoed());
  });
  return promise;
}
