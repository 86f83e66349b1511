import type { World } from '../../test/core/analysis/simulation.ts';
import {
  always,
  chanceWorld,
  failing,
  steady,
  worldOf,
} from '../../test/core/analysis/worlds/cell.ts';
import { clientTraffic } from '../../test/core/analysis/worlds/client-traffic.ts';
import { slowerHost } from '../../test/core/analysis/worlds/healthy.ts';
import { pageTraffic, retryTraffic } from '../../test/core/analysis/worlds/request-traffic.ts';

/** A world in which every rule sees the same requests. */
export interface PeerWorld {
  readonly name: string;
  readonly isHealthy: boolean;
  readonly world: World;
}

/** Three hours: Kayenta's documentation advises three runs of an hour each. */
const seconds = 3 * 3_600;
const [rate, weight] = [5, 10];
const rare = failing(0.001);
const ordinary = failing(0.01);

const healthy = (name: string, world: World): PeerWorld => ({ name, isHealthy: true, world });
const harmful = (name: string, world: World): PeerWorld => ({ name, isHealthy: false, world });
const worse = (stable: typeof rare, canary: typeof rare) =>
  steady({ rate, weight, stable, canary, seconds });

const outage = (second: number) =>
  second >= 120 && second < 420 ? { failure: 0.5, slow: 0.5 } : ordinary;

export const peerWorlds: readonly PeerWorld[] = [
  ...[0, 0.001, 0.01, 0.05, 0.2].map((base) =>
    healthy(`base ${100 * base}%`, steady({ rate, weight, stable: failing(base), seconds })),
  ),
  healthy(
    'outage of both tracks for 5 minutes',
    chanceWorld(seconds, {
      requestsPerSecond: always(rate),
      weight: always(weight),
      stable: outage,
      canary: outage,
    }),
  ),
  healthy(
    'first 20 canary requests slow',
    steady({ rate, weight, stable: rare, slowFirst: 20, seconds }),
  ),
  healthy('host 10% slower', slowerHost(1.1, { rate, weight, sigma: 0.5, seconds })),
  healthy(
    'client retries, 1% of requests always fail',
    worldOf(seconds, (chance) =>
      retryTraffic({ requestsPerSecond: rate, weight, chance }, { poisoned: 0.01, failing: 0.001 }),
    ),
  ),
  healthy(
    'one client alternates between an error page and a slow page, weight 50',
    worldOf(seconds, (chance) => pageTraffic({ requestsPerSecond: rate, weight: 50, chance }, 2)),
  ),
  healthy(
    'cookie affinity, 1% of clients always fail',
    worldOf(seconds, (chance) =>
      clientTraffic({ weight, visitsPerSecond: 0.4, failing: 0.01 }, chance),
    ),
  ),
  harmful('+25% errors on 0.1%', worse(rare, failing(0.251))),
  harmful('+5% errors on 1%', worse(ordinary, failing(0.06))),
  harmful('+1% errors on 0.1%', worse(rare, failing(0.011))),
  harmful('slow share from 5 to 40%', worse(ordinary, { failure: 0.01, slow: 0.4 })),
  harmful(
    'twice as slow, lognormal with sigma 0.4',
    slowerHost(2, { rate, weight, sigma: 0.4, seconds }),
  ),
  harmful('hangs on one of two routes', worse(rare, { ...rare, hang: 0.5 })),
  harmful('404 to all', worse({ ...rare, rejection: 0.05 }, { ...rare, rejection: 1 })),
];
