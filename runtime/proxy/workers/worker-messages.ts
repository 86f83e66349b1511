import type { ErrorCode } from '../../contract/perch-error.ts';
import type { ReleaseSource } from '../../store/release/release-source.ts';
import type { MetricJson } from '../metrics/metric-json.ts';
import type { ProxySettings } from '../settings/settings.ts';

/** What a worker says of itself. */
export interface WorkerStatus {
  readonly id: string;
  /** The generation that it routes by; undefined before the first document. */
  readonly generation: number | undefined;
  readonly condition: ReleaseSource['condition'];
}

/** From the supervisor to a worker. */
export type WorkerCommand =
  | { readonly kind: 'start'; readonly settings: ProxySettings; readonly id: string }
  /** Stop accepting, let run what runs, then exit. */
  | { readonly kind: 'drain' }
  | { readonly kind: 'collect'; readonly request: number };

/** How often a worker says that it is alive, milliseconds. */
export const heartbeatMs = 500;

/** From a worker to its supervisor. */
export type WorkerEvent =
  | { readonly kind: 'listening'; readonly port: number }
  /** It could not start, and exits. */
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string }
  /** Its event loop turns: sent every {@link heartbeatMs}. */
  | { readonly kind: 'heartbeat' }
  | { readonly kind: 'status'; readonly status: WorkerStatus }
  | {
      readonly kind: 'collected';
      readonly request: number;
      readonly metrics: readonly MetricJson[];
    };
