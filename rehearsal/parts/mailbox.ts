import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { z } from 'zod';
import type { PageLink } from '../page-link.ts';
import { freePort, loopback } from '../loopback.ts';
import { mailboxPage } from '../mailbox/mailbox-page.ts';
import type { ProcessSupervisor } from '../processes/process-supervisor.ts';
import { until } from '../until.ts';
import { isUp } from './http-get.ts';

const emulator = join(
  dirname(createRequire(import.meta.url).resolve('aws-ses-v2-local/package.json')),
  'dist/cli.js',
);

const storeSchema = z.object({
  emails: z.array(
    z.object({
      subject: z.string(),
      destination: z.object({ to: z.array(z.string()) }),
      body: z.object({ text: z.string().default('') }),
    }),
  ),
});

export interface ReceivedEmail {
  readonly subject: string;
  readonly text: string;
}

/** Response of SES to a client that sends too fast. */
const throttling = `<ErrorResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><Error>
<Type>Sender</Type><Code>Throttling</Code><Message>Maximum sending rate exceeded.</Message>
</Error><RequestId>0</RequestId></ErrorResponse>`;

interface MailboxPlan {
  /** Port of the page. */
  readonly port: number;
  /** Port of the emulated SES, for monitors. */
  readonly sesPort: number;
  /** Links in the header of the page. */
  readonly links: readonly PageLink[];
}

/** SES emulator that keeps every email, behind a proxy that can throttle, and a page to read them. */
export class Mailbox {
  readonly #emulatorUrl: string;
  readonly #proxy: Server;
  readonly #page: Server;
  #throttles = false;
  #refused = 0;

  private constructor(emulatorUrl: string, links: readonly PageLink[]) {
    this.#emulatorUrl = emulatorUrl;
    this.#page = mailboxPage({ emulatorUrl, links });
    this.#proxy = createServer((request, response) => void this.#respond(request, response));
  }

  static async start(
    supervisor: ProcessSupervisor,
    { port, sesPort, links }: MailboxPlan,
  ): Promise<Mailbox> {
    const emulatorPort = await freePort();
    await supervisor.start({
      name: 'mailbox',
      command: process.execPath,
      args: [emulator, '--host', loopback, '--port', String(emulatorPort)],
    });
    const mailbox = new Mailbox(`http://${loopback}:${emulatorPort}`, links);
    mailbox.#proxy.listen(sesPort, loopback).unref();
    mailbox.#page.listen(port, loopback).unref();
    await until('the mailbox to start', () => isUp(`${mailbox.#emulatorUrl}/health-check`));
    return mailbox;
  }

  /** Lets SES refuse emails as if there were too many. */
  set throttles(value: boolean) {
    this.#throttles = value;
  }

  /** Number of refused attempts to send. */
  get refused(): number {
    return this.#refused;
  }

  /**
   * All emails, oldest first.
   * @param to address of a recipient. Default: anyone.
   */
  async emails(to?: string): Promise<ReceivedEmail[]> {
    const response = await fetch(`${this.#emulatorUrl}/store`, {
      signal: AbortSignal.timeout(5_000),
    });
    const { emails } = storeSchema.parse(await response.json());
    return emails
      .filter(({ destination }) => to === undefined || destination.to.includes(to))
      .map(({ subject, body: { text } }) => ({ subject, text }));
  }

  /** Subjects of all emails, oldest first, as {@link emails}. */
  async subjects(to?: string): Promise<string[]> {
    return (await this.emails(to)).map(({ subject }) => subject);
  }

  close(): void {
    for (const server of [this.#proxy, this.#page]) {
      server.close();
      server.closeAllConnections();
    }
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await buffer(request);
      if (this.#throttles) {
        this.#refused += 1;
        response.writeHead(400, { 'content-type': 'text/xml' }).end(throttling);
        return;
      }
      const { authorization = '', 'content-type': type = '' } = request.headers;
      const upstream = await fetch(`${this.#emulatorUrl}${request.url}`, {
        method: request.method ?? 'POST',
        headers: { authorization, 'content-type': type },
        body: new Uint8Array(body),
      });
      const headers = { 'content-type': upstream.headers.get('content-type') ?? 'text/xml' };
      response.writeHead(upstream.status, headers).end(await upstream.text());
    } catch {
      response.destroy();
    }
  }
}
