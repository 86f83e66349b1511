import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import {
  notificationSchema,
  type Notification,
} from '../../../runtime/core/alerting/notification.ts';

const bodySchema = z.object({ perch: notificationSchema });

/** Receiver of a webhook: responds with `status`, and keeps what it accepted. */
export class WebhookReceiver implements AsyncDisposable {
  status = 200;
  /** Number of requests, also of those that it refused. */
  requests = 0;
  /** Accepted notifications. */
  readonly received: Notification[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      void json(request).then((body) => {
        this.requests += 1;
        const { perch } = bodySchema.parse(body);
        if (this.status === 200) this.received.push(perch);
        response.writeHead(this.status).end();
      });
    });
  }

  static async start(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver();
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('it does not listen');
    return `http://127.0.0.1:${address.port}/hook`;
  }

  get transitions(): string[] {
    return this.received.map(({ rule, transition }) => `${rule} ${transition}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}
