import type { Withheld } from '../../store/release/proxy-reports.ts';
import type { ReleaseCondition } from '../../store/release/release-source.ts';
import type { TrafficCounter } from '../redis/traffic-counter.ts';
import type { MemberPool } from '../routing/member-pool.ts';

/** One service, as the metrics read it. */
export interface MeasuredService {
  readonly name: string;
  readonly pool: Pick<MemberPool, 'plan' | 'registry' | 'isAvailable'>;
  readonly traffic: Pick<TrafficCounter, 'dropped'>;
  readonly condition: ReleaseCondition;
  /** True if Redis took the last report; undefined without Redis. */
  readonly redisUp: boolean | undefined;
  /** True if a canary with a share lacks a judge; undefined without Redis. */
  readonly judgeMissing: boolean | undefined;
  /** Reason for which the canary's share is withheld; undefined while the canary gets it. */
  readonly withheld: Pick<Withheld, 'reason'> | undefined;
}
