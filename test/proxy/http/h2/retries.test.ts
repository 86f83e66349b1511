import { expect, test } from 'vitest';
import { answering, ok, startGateway, type UpstreamBehaviour } from '../support/gateway.ts';
import { until } from '../../../support/until.ts';
import { H2Client } from './support/h2-client.ts';

const failing: UpstreamBehaviour = (socket) => socket.once('data', () => socket.destroy());

test.for([
  ['GET', 200, ['GET', 'GET']],
  ['HEAD', 200, ['HEAD', 'HEAD']],
  ['PUT', 200, ['PUT', 'PUT']],
  ['DELETE', 200, ['DELETE', 'DELETE']],
  ['POST', 502, ['POST']],
  ['PATCH', 502, ['PATCH']],
] as const)(
  'RFC 9110 9.2.2: a %s whose member fails gets %i, and members get %j',
  async ([method, status, methods]) => {
    await using gateway = await startGateway({ upstreams: [failing, answering(ok)], http2: true });
    using client = await H2Client.connect(gateway.port);
    expect((await client.ask({ ':method': method })).status).toBe(status);
    const received = gateway.upstreams.flatMap((upstream) => upstream.received);
    expect(received.map((text) => text.split(' ', 1)[0])).toEqual(methods);
    await until(() => gateway.open === 0);
  },
);

test('a POST of which nothing was written may go to another member', async () => {
  await using gateway = await startGateway({ upstreams: [() => {}, answering(ok)], http2: true });
  // Nobody listens at the first one any more.
  gateway.upstreams[0]?.close();
  using client = await H2Client.connect(gateway.port);
  expect(await client.ask({ ':method': 'POST' }, 'hello')).toMatchObject({
    status: 200,
    body: 'ok',
  });
  expect(gateway.upstreams[1]?.received[0]).toContain('hello');
});
