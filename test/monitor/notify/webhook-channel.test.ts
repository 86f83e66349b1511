import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebhookChannel } from '../../../runtime/monitor/notify/webhook-channel.ts';
import { freePort } from '../../support/redis.ts';
import { notification } from '../../support/notification.ts';

const secret = 'a signing secret of a test';
const now = () => 1_700_000_000_999;

describe('WebhookChannel', () => {
  let server: Server;
  let url: string;
  let status = 200;
  let headers: IncomingHttpHeaders = {};
  let body = '';

  beforeAll(async () => {
    server = createServer((request, response) => {
      headers = request.headers;
      void text(request).then((received) => {
        body = received;
        response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end('answer');
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/hook/token`;
  });
  afterAll(() => server.close());

  it('posts JSON whose signature a receiver can check', async () => {
    status = 204;
    const channel = new WebhookChannel({ url, secret, now });
    expect(await channel.send(notification())).toEqual({ kind: 'sent' });
    expect(headers['content-type']).toBe('application/json');
    const expected = createHmac('sha256', secret).update(`1700000000.${body}`).digest('hex');
    expect(headers['x-perch-timestamp']).toBe('1700000000');
    expect(headers['x-perch-signature']).toBe(`v1=${expected}`);
    expect(JSON.parse(body)).toHaveProperty('perch.rule', 'canary-harmful');
  });

  it('signs nothing without a secret', async () => {
    await new WebhookChannel({ url, now }).send(notification());
    expect(headers).not.toHaveProperty('x-perch-signature');
  });

  it.each([
    [500, 'failed'],
    [429, 'failed'],
    [408, 'failed'],
    [404, 'rejected'],
    [302, 'rejected'],
  ])('takes an answer %i for %s', async (answer, kind) => {
    status = answer;
    const channel = new WebhookChannel({ url, now });
    expect(await channel.send(notification())).toEqual({
      kind,
      reason: `the webhook answered ${answer}`,
    });
  });

  it('can be tried again when nobody listens, and does not tell the URL', async () => {
    const nobody = `http://127.0.0.1:${await freePort()}/hook/token`;
    const delivery = await new WebhookChannel({ url: nobody, now }).send(notification());
    expect(delivery).toEqual({
      kind: 'failed',
      reason: 'the webhook could not be reached (ECONNREFUSED)',
    });
  });
});
