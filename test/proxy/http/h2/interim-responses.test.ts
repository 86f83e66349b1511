import { expect, test } from 'vitest';
import { answering, ok, startGateway } from '../support/gateway.ts';
import { until } from '../../../support/until.ts';
import { FrameClient } from './support/frame-client.ts';
import { headers } from './support/frames.ts';
import { H2Client } from './support/h2-client.ts';

test('RFC 9110 15.2: any number of interim responses is sent on', async () => {
  const processing = 'HTTP/1.1 102 Processing\r\n\r\n';
  await using gateway = await startGateway({
    upstreams: [answering(processing.repeat(500) + ok)],
    http2: true,
  });
  using client = await H2Client.connect(gateway.port);
  const { interim, status } = await client.ask();
  expect([interim.length, status]).toEqual([500, 200]);
});

test('a client that reads no interim responses stops them, and is given up as a slow reader', async () => {
  const hints = `HTTP/1.1 103 Early Hints\r\nLink: <${'a'.repeat(8_000)}>\r\n\r\n`;
  await using gateway = await startGateway({
    upstreams: [
      (socket) => {
        const sendMore = () => {
          while (socket.write(hints));
        };
        socket.once('data', sendMore).on('drain', sendMore);
      },
    ],
    http2: true,
    limits: { clientStallTimeoutMs: 100 },
  });
  using client = await FrameClient.connect(gateway.port);
  client.raw.socket.pause();
  client.send(headers(1));
  await until(() => gateway.outcomes.length > 0, { what: 'the client to be given up' });
  expect(gateway.refusals).toEqual(['slow-reader']);
  expect(gateway.outcomes).toMatchObject([{ kind: 'client-gone' }]);
});
