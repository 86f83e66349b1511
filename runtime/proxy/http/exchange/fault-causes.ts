import type { UpstreamFault } from '../contract/handler.ts';
import type { RefusalCause } from '../message/refusal.ts';

/** What a client is told of an origin's fault. */
export const faultCauses: Record<UpstreamFault, RefusalCause> = {
  connect: 'origin-unreachable',
  reset: 'origin-reset',
  stale: 'origin-reset',
  timeout: 'origin-silent',
  malformed: 'origin-malformed',
};
