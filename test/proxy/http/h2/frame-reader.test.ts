import { expect, test } from 'vitest';
import { FrameReader, type FrameHandler } from '../../../../runtime/proxy/http/h2/frame-reader.ts';
import { ConnectionError } from '../../../../runtime/proxy/http/h2/frames.ts';
import { endStream, frame, FrameType, headers, preface, settings } from './support/frames.ts';

const padded = 0x8;

/** Writes down what comes, with parts of a frame's data joined. */
class Notes implements FrameHandler {
  readonly all: string[] = [];
  #data = '';

  frame({ type, flags, streamId }: Parameters<FrameHandler['frame']>[0], ...part: Part): void {
    const [bytes, start, end] = part;
    this.all.push(`${type} ${flags} ${streamId} ${bytes.toString('hex', start, end)}`);
  }

  dataBegins({ length, flags, streamId }: Parameters<FrameHandler['dataBegins']>[0]): void {
    this.#data = `data ${length} ${flags} ${streamId} `;
  }

  data(...[bytes, start, end]: Part): void {
    this.#data += bytes.toString('latin1', start, end);
  }

  dataEnds(): void {
    this.all.push(this.#data);
  }
}

type Part = [bytes: Buffer, start: number, end: number];

/** Reads bytes in parts of given sizes. */
function notesOf(bytes: Buffer, sizeOf: () => number): string[] {
  const notes = new Notes();
  const reader = new FrameReader(notes);
  for (let at = 0; at < bytes.length;) {
    const part = Buffer.from(bytes.subarray(at, at + sizeOf()));
    reader.read(part, part.length);
    at += part.length;
  }
  return notes.all;
}

test('frames are the same however their bytes are split', () => {
  const padding = Buffer.concat([Buffer.of(3), Buffer.from('body'), Buffer.alloc(3)]);
  const bytes = Buffer.concat([
    preface,
    settings(4, 65_535),
    headers(1, undefined, 4),
    frame(FrameType.data, 0, 1, Buffer.from('hello')),
    frame(FrameType.data, 0, 1),
    frame(FrameType.data, padded, 1, padding),
    frame(FrameType.data, padded, 1, Buffer.of(0)),
    frame(FrameType.data, padded, 1, Buffer.concat([Buffer.of(255), Buffer.alloc(255)])),
    frame(0x42, 0xff, 0x7fff_ffff, Buffer.alloc(16_384)),
    frame(FrameType.data, endStream, 1, Buffer.from('end')),
  ]);
  const whole = notesOf(bytes, () => bytes.length);
  expect(whole.slice(2, 7)).toEqual([
    'data 5 0 1 hello',
    'data 0 0 1 ',
    'data 8 8 1 body',
    'data 1 8 1 ',
    'data 256 8 1 ',
  ]);
  expect(whole.at(-1)).toBe('data 3 1 1 end');
  for (const size of [1, 2, 3, 7, 8, 9, 10, 16_383]) {
    expect(notesOf(bytes, () => size)).toEqual(whole);
  }
  let seed = 3;
  const next = () => ((seed = (seed * 48_271) % 0x7fff_ffff) % 40) + 1;
  for (let round = 0; round < 20; round += 1) expect(notesOf(bytes, next)).toEqual(whole);
});

test.for([
  ['another protocol', Buffer.from('GET / HTTP/1.1\r\n'), 1],
  ['no SETTINGS first', Buffer.concat([preface, headers(1)]), 1],
  [
    'a frame that is too large',
    Buffer.concat([preface, settings(), frame(0x42, 0, 0, Buffer.alloc(16_385))]),
    6,
  ],
  [
    'DATA with padding but without its length',
    Buffer.concat([preface, settings(), frame(FrameType.data, padded, 1)]),
    6,
  ],
  [
    'DATA with more padding than bytes',
    Buffer.concat([preface, settings(), frame(FrameType.data, padded, 1, Buffer.of(1))]),
    1,
  ],
] as const)('%s is an error of the connection', ([, bytes, code]) => {
  for (const size of [1, bytes.length]) {
    expect(() => notesOf(bytes, () => size)).toThrow(new ConnectionError(code));
  }
});
