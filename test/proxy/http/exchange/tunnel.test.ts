import { expect, test } from 'vitest';
import { startGateway, type UpstreamBehaviour } from '../support/gateway.ts';
import { RawClient } from '../../../support/http/raw-client.ts';
import { until } from '../../../support/until.ts';

const upgrade =
  'GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n';
const accepted =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

/** Accepts the upgrade, then echoes all bytes. */
const echo: UpstreamBehaviour = (socket) => {
  socket.once('data', () => {
    socket.write(accepted);
    socket.pipe(socket);
  });
};

test('RFC 9110 7.8: the proxy forwards an upgrade, then bytes both ways, untouched', async () => {
  await using gateway = await startGateway({ upstreams: [echo] });
  using client = await RawClient.connect(gateway.port);
  await client.send(upgrade);
  await client.untilText('\r\n\r\n');
  expect(client.text).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
  expect(client.text).toContain('Upgrade: websocket\r\n');
  expect(gateway.upstreams[0]?.received[0]).toMatch(
    /\r\nConnection: upgrade\r\nUpgrade: websocket\r\n/,
  );
  expect(gateway.outcomes).toMatchObject([{ kind: 'answered', status: 101 }]);
  expect(gateway.open).toBe(1);
  client.clear();
  const frames = '\x81\x05hello\0\xff'.repeat(20_000);
  await client.send(frames);
  await until(() => client.text.length === frames.length, { what: 'the frames to come back' });
  expect(client.text).toBe(frames);
  client.halfClose();
  await until(() => client.hasEnded, { what: 'the other half to close' });
  await until(() => gateway.open === 0, { what: 'the attempt to end with the tunnel' });
});

test('the proxy relays bytes that came with either head', async () => {
  await using gateway = await startGateway({
    upstreams: [(socket) => socket.once('data', () => socket.write(`${accepted}early`))],
  });
  using client = await RawClient.connect(gateway.port);
  await client.send(`${upgrade}first`);
  await client.untilText('early');
  await until(() => gateway.upstreams[0]?.received[0]?.endsWith('first'), {
    what: 'the early bytes',
  });
});

test('one half of a tunnel may end while the other goes on', async () => {
  await using gateway = await startGateway({
    upstreams: [
      (socket) => {
        socket.once('data', () => socket.write(accepted));
        socket.on('end', () => socket.end('after the end'));
      },
    ],
  });
  using client = await RawClient.connect(gateway.port);
  await client.send(upgrade);
  await client.untilText('\r\n\r\n');
  client.halfClose();
  await client.untilText('after the end');
  expect(client.text).toMatch(/after the end$/);
});

test('a tunnel whose upstream dies ends for the client too', async () => {
  await using gateway = await startGateway({ upstreams: [echo] });
  using client = await RawClient.connect(gateway.port);
  await client.send(upgrade);
  await client.untilText('\r\n\r\n');
  gateway.upstreams[0]?.sockets[0]?.resetAndDestroy();
  await until(() => client.hasEnded || client.hasClosed, {
    what: 'the connection of the client to end',
  });
  await until(() => gateway.open === 0, { what: 'the attempt to end' });
  expect(gateway.server.stats.tunnels).toBe(0);
});

test('an upgrade that the upstream declines is answered like any request', async () => {
  await using gateway = await startGateway({
    upstreams: [
      (socket) =>
        socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno')),
    ],
  });
  using client = await RawClient.connect(gateway.port);
  await client.send(upgrade);
  await client.untilText('\r\n\r\nno');
  client.clear();
  await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.untilText('\r\n\r\nno');
  expect(gateway.outcomes).toMatchObject([{ status: 200 }, { status: 200 }]);
});

test('the proxy does not forward an upgrade to h2c, whose bytes could not be told from requests', async () => {
  await using gateway = await startGateway({
    upstreams: [
      (socket) =>
        socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')),
    ],
  });
  using client = await RawClient.connect(gateway.port);
  await client.send(
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n',
  );
  await client.untilText('\r\n\r\n');
  expect(gateway.upstreams[0]?.received[0]).not.toMatch(/upgrade/i);
  expect(gateway.upstreams[0]?.received[0]).not.toMatch(/http2-settings/i);
});
