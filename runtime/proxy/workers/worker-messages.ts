import type { ErrorCode } from '../../contract/perch-error.ts';
import type { Certificate } from '../../core/edge/certificate.ts';
import type { Withheld } from '../../store/release/proxy-reports.ts';
import type { ReleaseSource } from '../../store/release/release-source.ts';
import type { MetricJson } from '../metrics/metric-json.ts';
import type { ProxySettings } from '../settings/settings.ts';

/** State of one service in a worker. */
export interface ServiceStatus {
  /** Generation of the document that it routes by; undefined before the first document. */
  readonly generation: number | undefined;
  readonly condition: ReleaseSource['condition'];
  /** Reason for which the canary's share is withheld; undefined while the canary gets it. */
  readonly withheld?: Withheld['reason'] | undefined;
}

/** State of a worker, as it reports it to the supervisor: of its own service, and of the others. */
export interface WorkerStatus extends ServiceStatus {
  readonly id: string;
  /** Services that joined, by name; absent while there are none. */
  readonly services?: Readonly<Record<string, ServiceStatus>>;
}

/** Ports that a worker listens on; `https` is undefined without TLS. */
export interface ListeningPorts {
  readonly http: number;
  readonly https: number | undefined;
}

/** Message from the supervisor to a worker. */
export type WorkerCommand =
  | {
      readonly kind: 'start';
      readonly settings: ProxySettings;
      readonly id: string;
      /** Last one that a worker read from the files; undefined before the first. */
      readonly certificate: Certificate | undefined;
    }
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
  /** The worker has read a certificate from the files. */
  | { readonly kind: 'certificate'; readonly certificate: Certificate }
  | {
      readonly kind: 'collected';
      readonly request: number;
      readonly metrics: readonly MetricJson[];
    };
