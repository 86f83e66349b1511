import { setTimeout as delay } from 'node:timers/promises';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';
import { member, releaseDocument } from '../../test/support/release-document.ts';
import type { ConsoleServer } from '../../test/console/console-server.ts';

/** Gives the canary of each service another share every second. */
export async function changeServices(
  { redis }: ConsoleServer,
  services: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const members = [member('stable-1', 20_001), member('canary-1', 20_002)];
  for (let round = 1; !signal.aborted; round += 1) {
    for (const [index, service] of services.entries()) {
      const weight = (index + round) % 100;
      const document = releaseDocument({ service, members, weight, generation: round + 1 });
      await redis.set(redisKeys(service).release, JSON.stringify(document));
    }
    await delay(1_000, undefined, { signal }).catch(() => undefined);
  }
}
