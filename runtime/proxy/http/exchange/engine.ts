import type { Clock } from '../socket/clock.ts';
import type { Handler } from '../contract/handler.ts';
import type { Limits } from '../contract/limits.ts';
import type { HeadLimits } from '../message/head-reader.ts';
import type { RefusalCause } from '../message/refusal.ts';
import type { OutgoingRequest } from '../forwarding/outgoing-request.ts';
import type { OutgoingResponse } from '../forwarding/outgoing-response.ts';
import type { UpstreamPool } from '../upstream/upstream-pool.ts';

/** What all connections of one server share. */
export interface Engine {
  readonly handler: Handler;
  readonly limits: Limits;
  readonly requestHeadLimits: HeadLimits;
  readonly responseHeadLimits: HeadLimits;
  /** How the server calls itself in Via. */
  readonly pseudonym: string;
  readonly clock: Clock;
  readonly pool: UpstreamPool;
  /** Heads are read, judged and rewritten in one go, so that one of each does for all. */
  readonly outgoingRequest: OutgoingRequest;
  readonly outgoingResponse: OutgoingResponse;
  readonly stats: ServerStats;
  /** Whether answers tell the client to close. */
  readonly isDraining: boolean;
  onRefusal(cause: RefusalCause, remoteAddress: string): void;
}

/** What a server has under way. */
export interface ServerStats {
  /** Client connections that are open. */
  connections: number;
  /** Requests that were forwarded or refused since the start. */
  requests: number;
  /** Accepted upgrades that are open. */
  tunnels: number;
}
