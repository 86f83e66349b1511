import type { ErrorCode } from '../../contract/perch-error.ts';
import type { Withheld } from '../../store/release/proxy-reports.ts';
import type { ReleaseSource } from '../../store/release/release-source.ts';
import type { MetricJson } from '../metrics/metric-json.ts';
import type { ProxySettings } from '../settings/settings.ts';

/** State of a worker, as it reports it to the supervisor. */
export interface WorkerStatus {
  readonly id: string;
  /** Generation of the document that it routes by; undefined before the first document. */
  readonly generation: number | undefined;
  readonly condition: ReleaseSource['condition'];
  /** Reason for which the canary's share is withheld; undefined while the canary gets it. */
  readonly withheld?: Withheld['reason'] | undefined;
}

/** Ports that a worker listens on; `https` is undefined without TLS. */
export interface ListeningPorts {
  readonly http: number;
  readonly https: number | undefined;
}

/** Message from the supervisor to a worker. */
export type WorkerCommand =
  | { readonly kind: 'start'; readonly settings: ProxySettings; readonly id: string }
  /** Stop accepting, let running requests finish, then exit. */
  | { readonly kind: 'drain' }
  | { readonly kind: 'collect'; readonly request: number };

/** Interval of a worker's heartbeats, milliseconds. */
export const heartbeatMs = 500;

/** Message from a worker to the supervisor. */
export type WorkerEvent =
  | { readonly kind: 'listening'; readonly ports: ListeningPorts }
  /** The worker could not start and exits. */
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string }
  /** The worker's event loop is not blocked: sent every {@link heartbeatMs}. */
  | { readonly kind: 'heartbeat' }
  | { readonly kind: 'status'; readonly status: WorkerStatus }
  | {
      readonly kind: 'collected';
      readonly request: number;
      readonly metrics: readonly MetricJson[];
    };
