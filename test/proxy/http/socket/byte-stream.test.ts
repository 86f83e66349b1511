import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../../support/until.ts';
import { allOf } from './support/stream-recorder.ts';
import { StreamServer } from './support/stream-server.ts';

/** More than the kernel takes of a connection whose other side reads nothing. */
const tooMuch = 32 * 1_048_576;

let server: StreamServer;

beforeEach(async () => {
  server = await StreamServer.start();
});

afterEach(() => server[Symbol.asyncDispose]());

describe.each([
  ['without TLS', 'acceptTcp'],
  ['with TLS', 'acceptTls'],
] as const)('A connection %s', (_tls, accept) => {
  test('reads what comes and notes the end of the other side, and may go on sending', async () => {
    const { stream, owner, client } = await server[accept]();
    client.end('hello');
    await until(() => owner.events.includes('ended'));
    expect(owner.text).toBe('hello');
    stream.writeText('still there');
    stream.end();
    expect((await allOf(client)).toString()).toBe('still there');
    // Both sides have ended.
    await until(() => owner.events.includes('closed'));
    expect(owner.events).toEqual(['ended', 'closed']);
  });

  test('sends what is waiting before it ends and closes, and nothing after', async () => {
    const { stream, owner, client } = await server[accept]();
    stream.writeText('first ');
    stream.writeBuffer(Buffer.alloc(tooMuch, 'a'), () => {});
    stream.endAndClose();
    stream.writeText('dropped');
    expect(owner.events).toEqual([]);
    expect((await allOf(client)).length).toBe(tooMuch + 'first '.length);
    await until(() => owner.events.includes('closed'));
  });

  test('drops what is written while it closes, and frees its bytes', async () => {
    const { stream, owner, client } = await server[accept]();
    let freed = 0;
    stream.writeBuffer(Buffer.alloc(tooMuch), () => (freed += 1));
    stream.writeBuffer(Buffer.from('waits'), () => (freed += 1));
    stream.destroy();
    stream.writeBuffer(Buffer.from('late'), () => (freed += 1));
    stream.writeText('late');
    stream.end();
    client.resume();
    await until(() => owner.events.includes('closed'));
    expect([freed, owner.events]).toEqual([3, ['closed']]);
  });
});
