import { expect, test } from 'vitest';
import { answering, ok, startGateway } from '../support/gateway.ts';
import { RawClient, roundTrip } from '../../../support/http/raw-client.ts';
import { bodyOf, deliveries, fieldsOf, request } from '../support/messages.ts';

test.each(deliveries)(
  'a request delivered %j reaches the upstream once, and the client gets its response',
  async (delivery) => {
    await using gateway = await startGateway({
      upstreams: [answering(ok)],
      responseFields: ['X-Added', 'yes'],
    });
    const answer = await roundTrip(gateway.port, request, delivery);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(bodyOf(answer)).toBe('ok');
    expect(fieldsOf(answer).get('x-added')).toEqual(['yes']);
    expect(gateway.upstreams[0]?.received).toHaveLength(1);
    expect(gateway.upstreams[0]?.received[0]).toMatch(
      /^GET \/path\?q=1 HTTP\/1\.1\r\nHost: shop\.example\r\nAccept: \*\/\*\r\n/,
    );
    expect(gateway.outcomes).toMatchObject([{ kind: 'answered', status: 200 }]);
    expect(gateway.open).toBe(0);
  },
);

test('without an upstream the proxy answers 503 with Retry-After and keeps the connection', async () => {
  await using gateway = await startGateway({ upstreams: [] });
  using client = await RawClient.connect(gateway.port);
  for (let sent = 0; sent < 2; sent += 1) {
    client.clear();
    await client.send(request);
    await client.untilText('\r\n\r\n');
    expect(client.text).toMatch(/^HTTP\/1\.1 503 /);
    expect(fieldsOf(client.text).get('retry-after')).toEqual(['7']);
  }
});
