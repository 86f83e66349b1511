import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mostStreams } from '../../../../runtime/proxy/http/h2/http2-limits.ts';
import { unless, whyNoLinux } from '../../../support/skip.ts';
import { until } from '../../../support/until.ts';
import { ok, SocketUpstream } from '../support/gateway.ts';
import { FrameClient } from './support/frame-client.ts';
import {
  block,
  endStream,
  frame,
  FrameType,
  getFields,
  headers,
  rstStream,
  settings,
} from './support/frames.ts';
import { H2Client } from './support/h2-client.ts';

interface Weight {
  readonly port: number;
  readonly rssBytes: number;
  /** Most memory since it was forgotten last. */
  readonly peakBytes: number;
}

const mebibyte = 1_048_576;
const bigBody = Buffer.alloc(2 * mebibyte);

let upstream: SocketUpstream;
let proxy: ChildProcess;
let port: number;
let other: H2Client;
const clients: FrameClient[] = [];
/** Streams that wait for an answer, as the member sees them. */
let held = 0;

beforeEach(async () => {
  held = 0;
  upstream = new SocketUpstream((socket) =>
    socket.on('data', (bytes) => {
      const head = bytes.toString('latin1', 0, 100);
      if (head.includes(' /held ')) held += 1;
      else if (head.includes(' /big ')) {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${bigBody.length}\r\n\r\n`);
        socket.write(bigBody);
      } else if (head.includes(' HTTP/1.1\r\n')) socket.write(ok);
    }),
  );
  const file = join(import.meta.dirname, '../support/forwarder-process.ts');
  // Makes malloc give every freed buffer back, so that only memory in use is weighed.
  const env = { ...process.env, MALLOC_MMAP_THRESHOLD_: '32768' };
  const args = [String(await upstream.listen()), 'http2'];
  proxy = fork(file, args, { execArgv: ['--expose-gc'], env });
  ({ port } = ((await once(proxy, 'message')) as [Weight])[0]);
  other = await H2Client.connect(port);
  // The code that the first requests load and compile must not be weighed.
  for (let round = 0; round < 20; round += 1) {
    await Promise.all(Array.from({ length: 50 }, () => other.ask()));
  }
});

afterEach(() => {
  for (const client of clients.splice(0)) client[Symbol.dispose]();
  other[Symbol.dispose]();
  proxy.disconnect();
  upstream.close();
});

async function weigh(command: 'peak' | 'forget-peak'): Promise<Weight> {
  proxy.send(command);
  return ((await once(proxy, 'message')) as [Weight])[0];
}

function fieldsFor(path: string) {
  return getFields.map(([name, value]) => [name, name === ':path' ? path : value] as const);
}

function idsOf(count: number): number[] {
  return Array.from({ length: count }, (_, index) => 2 * index + 1);
}

async function attackers(count: number, ...pairs: readonly number[]): Promise<FrameClient[]> {
  const connected = Array.from({ length: count }, () => FrameClient.connect(port, ...pairs));
  const made = await Promise.all(connected);
  clients.push(...made);
  return made;
}

/** Sends a part again and again, as fast as the proxy reads, until it is over or refused. */
async function pour(client: FrameClient, parts: Iterable<Buffer>): Promise<void> {
  for (const part of parts) {
    if (client.raw.hasClosed) return;
    client.send(part);
    const { socket } = client.raw;
    await until(() => client.raw.hasClosed || socket.writableLength < mebibyte, { everyMs: 0 });
  }
}

/** Waits until the memory of the proxy grows no more, although it goes on serving another client. */
async function untilFull(): Promise<void> {
  let before = 0;
  await until(async () => {
    await Promise.all(Array.from({ length: 50 }, () => other.ask()));
    const { peakBytes } = await weigh('peak');
    const isFull = peakBytes === before;
    before = peakBytes;
    return isFull;
  });
}

/** Waits until the proxy has read all that came before, or has closed the connection. */
async function untilRead(client: FrameClient): Promise<void> {
  client.send(frame(FrameType.ping, 0, 0, Buffer.alloc(8)));
  await until(() => client.raw.hasEnded || client.received(FrameType.ping).length > 0);
}

/** @returns mebibytes by which the memory of the proxy grew at most, while others were served. */
async function growth(attack: () => Promise<void>): Promise<number> {
  const { rssBytes } = await weigh('forget-peak');
  await attack();
  expect(await other.ask()).toMatchObject({ status: 200, body: 'ok' });
  const { peakBytes } = await weigh('peak');
  return (peakBytes - rssBytes) / mebibyte;
}

/**
 * Growth is weighed at its peak. Without the limit of streams or the back-pressure of responses, it is
 * beyond these bounds; without that of resets, more requests reach the member. What bounds heads and
 * answers to SETTINGS and PING is nghttp2's own.
 */
describe('memory under attack', unless(whyNoLinux()), () => {
  test('CVE-2023-44487: streams that are reset once they reached the member', async () => {
    // Node counts a stream that was reset a moment longer than its client does: no batch may reach
    // the limit of streams together with the one before.
    const batch = mostStreams / 2;
    const grown = await growth(async () => {
      for (const client of await attackers(4)) {
        for (let round = 0; round < 40 && !client.raw.hasEnded; round += 1) {
          const before = held;
          const ids = idsOf(batch).map((id) => id + 2 * batch * round);
          client.send(...ids.map((id) => headers(id, fieldsFor('/held'))));
          await until(() => held === before + batch || client.raw.hasEnded);
          client.send(...ids.map((id) => rstStream(id)));
        }
        await untilRead(client);
      }
    });
    expect(grown).toBeLessThan(32);
    // Of 8,000: 300 resets at once, 33 a second, and one batch more on each connection.
    expect(held).toBeLessThan(4_000);
  });

  test('CVE-2024-27316: heads without an end', async () => {
    const part = frame(FrameType.continuation, 0, 1, block([['x', 'a'.repeat(16_000)]]));
    const megabyte = Buffer.concat(Array.from({ length: 64 }, () => part));
    const grown = await growth(async () => {
      const all = await attackers(10);
      for (const client of all)
        client.send(frame(FrameType.headers, endStream, 1, block(getFields)));
      await Promise.all(all.map((client) => pour(client, Array<Buffer>(32).fill(megabyte))));
    });
    expect(grown).toBeLessThan(32);
  });

  test('100 heads without an end, each with 2,000 cookies', async () => {
    const cookies = Array.from({ length: 2_000 }, (_, index) => ['cookie', `c${index}`] as const);
    const grown = await growth(async () => {
      for (const client of await attackers(100)) {
        client.send(
          frame(FrameType.headers, endStream, 1, block([...getFields, ...cookies.slice(0, 1_000)])),
        );
        client.send(frame(FrameType.continuation, 0, 1, block(cookies.slice(1_000))));
      }
      await untilFull();
    });
    expect(grown).toBeLessThan(64);
  });

  test('CVE-2016-1546: bytes that stand for large fields', async () => {
    // A literal that is indexed (RFC 7541 section 6.2.1), then the entry of the table many times.
    const large = Buffer.concat([Buffer.of(0x40), block([['x', 'a'.repeat(3_900)]]).subarray(1)]);
    const copies = Buffer.alloc(12_000, 0x80 | 62);
    const first = Buffer.concat([block(getFields), large, copies]);
    const bomb = [
      frame(FrameType.headers, endStream, 1, first),
      ...Array.from({ length: 6 }, () => frame(FrameType.continuation, 0, 1, copies)),
    ];
    const grown = await growth(async () => {
      for (const client of await attackers(30)) {
        client.send(...bomb);
      }
      await untilFull();
    });
    expect(grown).toBeLessThan(32);
  });

  test.for([
    ['SETTINGS', settings(0x4, 65_535)],
    ['PING', frame(FrameType.ping, 0, 0, Buffer.alloc(8))],
  ] as const)('%s whose answers nobody reads', async ([, part]) => {
    const many = Buffer.concat(Array.from({ length: 20_000 }, () => part));
    const grown = await growth(async () => {
      const all = await attackers(10);
      for (const { raw } of all) raw.socket.pause();
      await Promise.all(all.map((client) => pour(client, Array<Buffer>(50).fill(many))));
    });
    expect(grown).toBeLessThan(32);
  });

  test('windows of one byte: 1,000 responses of 2 MiB that nobody reads', async () => {
    const grown = await growth(async () => {
      for (const client of await attackers(10, 0x4, 1)) {
        client.send(...idsOf(100).map((id) => headers(id, fieldsFor('/big'))));
        await until(() => client.received(FrameType.data).length === 100);
      }
      await untilFull();
    });
    expect(grown).toBeLessThan(64);
  });

  test('1,000 streams on each of ten connections', async () => {
    const grown = await growth(async () => {
      for (const client of await attackers(10)) {
        client.send(...idsOf(1_000).map((id) => headers(id, fieldsFor('/held'))));
        await untilRead(client);
      }
    });
    expect(grown).toBeLessThan(32);
    expect(held).toBeLessThanOrEqual(10 * mostStreams);
  });
});
