import { once } from 'node:events';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type * as Emulator from 'aws-ses-v2-local';

const emulator = createRequire(import.meta.url)('aws-ses-v2-local') as typeof Emulator.default;

export interface StoredMail {
  readonly messageId: string;
  readonly from: string;
  readonly destination: { readonly to: string[] };
  readonly subject: string;
  readonly body: { readonly text?: string; readonly html?: string };
}

/** SES emulator of a test on a free port: accepts what the real client sends, and keeps it. */
export class SesEmulator implements AsyncDisposable {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<SesEmulator> {
    const server = await emulator.default({ host: '127.0.0.1', port: 0 });
    const started = new SesEmulator(server);
    await started.clear();
    return started;
  }

  /** Drops all emails. */
  async clear(): Promise<void> {
    await fetch(`${this.endpoint}/clear-store`, { method: 'POST' });
  }

  get endpoint(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('it does not listen');
    return `http://127.0.0.1:${address.port}`;
  }

  async mails(): Promise<StoredMail[]> {
    const response = await fetch(`${this.endpoint}/store`);
    return ((await response.json()) as { emails: StoredMail[] }).emails;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}
