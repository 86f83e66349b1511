import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { z } from 'zod';
import { loopback } from '../loopback.ts';
import type { ProcessSupervisor } from '../processes/process-supervisor.ts';
import { until } from '../until.ts';
import { isUp } from './http-get.ts';

const emulator = join(
  dirname(createRequire(import.meta.url).resolve('aws-ses-v2-local/package.json')),
  'dist/cli.js',
);

const storeSchema = z.object({ emails: z.array(z.object({ subject: z.string() })) });

/** As SES answers whoever sends too fast. */
const throttling = `<ErrorResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><Error>
<Type>Sender</Type><Code>Throttling</Code><Message>Maximum sending rate exceeded.</Message>
</Error><RequestId>0</RequestId></ErrorResponse>`;

/** An SES emulator that keeps every mail, and in front of it a door that can be shut. */
export class Mailbox {
  /** Where people can read the mails. */
  readonly url: string;
  readonly #door: Server;
  #throttles = false;
  #refused = 0;

  private constructor(url: string) {
    this.url = url;
    this.#door = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(
    supervisor: ProcessSupervisor,
    port: number,
    doorPort: number,
  ): Promise<Mailbox> {
    await supervisor.start({
      name: 'mailbox',
      command: process.execPath,
      args: [emulator, '--host', loopback, '--port', String(port)],
    });
    const mailbox = new Mailbox(`http://${loopback}:${port}`);
    mailbox.#door.listen(doorPort, loopback).unref();
    await until('the mailbox to start', () => isUp(`${mailbox.url}/health-check`));
    return mailbox;
  }

  /** Whether SES refuses to take mails, because there are too many. */
  set throttles(value: boolean) {
    this.#throttles = value;
  }

  /** How many attempts to send were refused. */
  get refused(): number {
    return this.#refused;
  }

  /** The subjects of all mails that came, in their order. */
  async subjects(): Promise<string[]> {
    const response = await fetch(`${this.url}/store`, { signal: AbortSignal.timeout(5_000) });
    return storeSchema.parse(await response.json()).emails.map(({ subject }) => subject);
  }

  close(): void {
    this.#door.close();
    this.#door.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await buffer(request);
      if (this.#throttles) {
        this.#refused += 1;
        response.writeHead(400, { 'content-type': 'text/xml' }).end(throttling);
        return;
      }
      const { authorization = '', 'content-type': type = '' } = request.headers;
      const answer = await fetch(`${this.url}${request.url}`, {
        method: request.method ?? 'POST',
        headers: { authorization, 'content-type': type },
        body: new Uint8Array(body),
      });
      const passed = { 'content-type': answer.headers.get('content-type') ?? 'text/xml' };
      response.writeHead(answer.status, passed).end(await answer.text());
    } catch {
      response.destroy();
    }
  }
}
