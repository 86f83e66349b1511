import { execFileSync } from 'node:child_process';
import { constants } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { LineWriter } from '../../../runtime/proxy/access/line-writer.ts';
import { until } from '../../support/until.ts';

/** A real pipe whose reader reads nothing until it is asked to. */
async function pipe() {
  const folder = await mkdtemp(join(tmpdir(), 'perch-pipe-'));
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = await open(path, constants.O_WRONLY);
  let text = '';
  const read = async (): Promise<void> => {
    const { buffer, bytesRead } = await reader.read({ buffer: Buffer.alloc(65_536) });
    text += buffer.toString('utf8', 0, bytesRead);
  };
  onTestFinished(async () => {
    await reader.close();
    await writer.close();
    await rm(folder, { recursive: true });
  });
  return {
    fd: writer.fd,
    /** Reads until there are so many lines. */
    lines: async (count: number): Promise<string[]> => {
      const complete = () => text.split('\n').slice(0, -1);
      await until(
        async () => {
          // EAGAIN: nothing is in the pipe.
          await read().catch(() => {});
          return complete().length >= count;
        },
        { what: `${count} lines` },
      );
      return complete();
    },
  };
}

test('lines that a slow reader leaves no room for are dropped whole and counted, and nothing waits for it', async () => {
  const { fd, lines } = await pipe();
  const writer = new LineWriter({ fd, mostBytes: 65_536, flushMs: 1 });
  const sent = Array.from({ length: 5_000 }, (_, n) => JSON.stringify({ n, text: 'x'.repeat(90) }));
  for (const line of sent) writer.write(line);
  await writer.end(1);
  // The pipe and the buffer are full; this process goes on.
  expect(writer.dropped).toBeGreaterThan(1_000);
  expect(writer.taken + writer.dropped).toBe(sent.length);

  const { taken } = writer;
  const received = await lines(taken);
  expect(received).toHaveLength(taken);
  const known = new Set(sent);
  expect(received.filter((line) => !known.has(line))).toEqual([]);

  // It takes lines again once there is room.
  writer.write('after');
  expect((await lines(taken + 1)).at(-1)).toBe('after');
});

test('what waits is written at the end, unless the reader takes too long', async () => {
  const { fd, lines } = await pipe();
  const writer = new LineWriter({ fd, flushMs: 60_000 });
  writer.write('first');
  await writer.end(60_000);
  expect(await lines(1)).toEqual(['first']);
  for (let line = 0; line < 2_000; line += 1) writer.write('x'.repeat(100));
  await writer.end(1);
  expect(writer.dropped).toBe(0);
  await lines(2_001);
});
