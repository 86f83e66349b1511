import {
  defaultMessage,
  maintenanceRetrySeconds,
  type Maintenance,
} from '../../core/release/maintenance.ts';
import type { Reply } from '../http/contract/handler.ts';
import type { RequestHead } from '../http/message/request-head.ts';
import type { TrackOverride } from './track-override.ts';

export interface MaintenanceAnswersOptions {
  readonly override: Pick<TrackOverride, 'trackFor'>;
  /** Returns the path that load balancers request. */
  readonly healthPath: () => string;
}

interface Replies {
  readonly text: Reply;
  /** Undefined: browsers get the text, too. */
  readonly page: Reply | undefined;
}

/**
 * Answers requests of a service in maintenance with 503, from memory. Health checks of load balancers
 * and testers with the override token pass. No member gets the others, so that no count has them.
 */
export class MaintenanceAnswers {
  readonly #options: MaintenanceAnswersOptions;
  #replies: Replies | undefined;

  constructor(options: MaintenanceAnswersOptions) {
    this.#options = options;
  }

  follow({ on, message = defaultMessage, page }: Maintenance): void {
    this.#replies = on
      ? {
          text: reply('text/plain', `${message}\n`),
          page: page === undefined ? undefined : reply('text/html', page),
        }
      : undefined;
  }

  /** Returns the answer to a request; undefined: it passes. */
  replyTo(request: RequestHead): { readonly reply: Reply } | undefined {
    if (this.#replies === undefined) return undefined;
    const { override, healthPath } = this.#options;
    if (request.target === healthPath() || override.trackFor(request) !== undefined)
      return undefined;
    const { text, page } = this.#replies;
    const isForPeople = request.field('accept')?.includes('text/html') === true;
    return { reply: isForPeople && page !== undefined ? page : text };
  }
}

function reply(type: string, body: string): Reply {
  return {
    status: 503,
    reason: 'Service Unavailable',
    fields: [
      'Content-Type',
      `${type}; charset=utf-8`,
      'Cache-Control',
      'no-store',
      'Vary',
      'Accept',
      'Retry-After',
      String(maintenanceRetrySeconds),
    ],
    body: Buffer.from(body, 'utf8').toString('latin1'),
  };
}
