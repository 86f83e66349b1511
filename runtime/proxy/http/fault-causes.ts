import type { UpstreamFault } from './handler.ts';
import type { RefusalCause } from './refusal.ts';

/** What a client is told of an origin's fault. */
export const faultCauses: Record<UpstreamFault, RefusalCause> = {
  connect: 'origin-unreachable',
  reset: 'origin-reset',
  stale: 'origin-reset',
  timeout: 'origin-silent',
  malformed: 'origin-malformed',
};
