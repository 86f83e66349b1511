import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'vitest';
import { Relay } from '../../../rehearsal/parts/relay.ts';
import { test } from '../../support/fixtures.ts';

test('a relay that is cut ends its connections and takes none until it is healed', async ({
  server,
}) => {
  const { relay, port } = await Relay.start(server.port);
  await using _relay = relay;
  const answer = async () => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    socket.write('PING\r\n');
    const [event] = await Promise.race([
      once(socket, 'data').then(([data]) => [String(data)]),
      once(socket, 'close').then(() => ['closed']),
    ]);
    return { socket, event };
  };
  const { socket, event } = await answer();
  expect(event).toMatch(/PONG|NOAUTH/);

  const closed = once(socket, 'close');
  relay.cut();
  await closed;
  expect((await answer()).event).toBe('closed');

  relay.heal();
  const healed = await answer();
  expect(healed.event).toMatch(/PONG|NOAUTH/);
  healed.socket.destroy();
});
