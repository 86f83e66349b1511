import { PassThrough } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { LiveBoard } from '../../../rehearsal/board/board.ts';
import type { Snapshot } from '../../../rehearsal/board/snapshot.ts';
import { clock, fit, milliseconds, painter, percent } from '../../../rehearsal/board/text.ts';
import { boardLine, boardLines } from '../../../rehearsal/board/view.ts';
import { RequestCounts } from '../../../rehearsal/traffic/request-counts.ts';

function snapshot(overrides: Partial<Snapshot> = {}): Snapshot {
  const counts = new RequestCounts();
  const kind = { path: '/' };
  for (const track of ['stable', 'stable', 'stable', 'canary'] as const) {
    counts.add({ dueAt: 0, durationMs: 4, kind, proxyPort: 8080, track, member: `${track}-1` });
  }
  return {
    title: 'Perch rehearsal',
    links: [{ name: 'page', url: 'http://127.0.0.1:8080/' }],
    tips: [],
    service: 'shop',
    guests: [],
    elapsedMs: 65_000,
    counts,
    recent: counts,
    ratePerSecond: 50,
    proxy: { ready: true, generation: 9, condition: 'fresh', withheld: null },
    redis: {
      release: {
        generation: 9,
        weight: 25,
        affinity: 'none',
        phase: 'idle',
        rolloutId: 'initial',
        step: 0,
        reason: '',
        members: [{ id: 'canary-1', track: 'canary', version: '1.1.0', state: 'active' }],
      },
      flags: new Map([['new_feature', 'off']]),
      verdict: { kind: 'safe', sentence: '0 of 70 requests failed' },
      incidents: [{ rule: 'track-latency', subject: 'stable', resolvedAt: null }],
      events: [
        { id: '1-0', at: 0, type: 'weight-set', text: 'weight set from 0 to 25', by: 'ada' },
      ],
    },
    redisResponds: true,
    emails: 1,
    timeline: [{ atMs: 1_000, event: 'draining stable-1' }],
    ...overrides,
  };
}

const plain = painter(false);

test('the board shows the links, the split of the traffic, and the events', () => {
  const text = boardLines(snapshot(), plain).join('\n');
  for (const part of [
    'http://127.0.0.1:8080/',
    'stable     75.0%',
    'canary     25.0%',
    'failed 0',
    'canary-1      canary  1.1.0     active    1',
    'new_feature off',
    'safe: 0 of 70 requests failed',
    'track-latency of stable',
    '00:01  draining stable-1',
    '00:00:00  weight set from 0 to 25',
    'proxy 9 fresh',
    'Redis responds',
  ]) {
    expect(text).toContain(part);
  }
});

test('the board and the line for logs say that the service is in maintenance', () => {
  const { redis } = snapshot();
  if (redis === undefined) throw new Error('the snapshot has no Redis');
  const maintenance = { on: true, at: 3_600_000, by: 'ada', message: 'back soon' };
  const closed = snapshot({ redis: { ...redis, maintenance } });
  expect(boardLines(closed, plain)).toContain(
    'Maintenance  requests get 503 since 01:00:00 by ada: "back soon"',
  );
  expect(boardLine(closed)).toMatch(/in maintenance$/);
  const over = snapshot({ redis: { ...redis, maintenance: { ...maintenance, on: false } } });
  expect(`${boardLines(over, plain).join()}${boardLine(over)}`).not.toMatch(/maintenance/i);
});

test('the board says which of several services it is about', () => {
  const counts = new RequestCounts();
  counts.add({ dueAt: 0, durationMs: 1, kind: { path: '/' }, proxyPort: 8080 });
  const text = boardLines(snapshot({ guests: [{ service: 'blog', counts }] }), plain).join('\n');
  expect(text).toContain('Service  shop   others: blog 1 requests, failed 0');
  expect(boardLines(snapshot(), plain).join('\n')).not.toContain('Service');
});

test('a board without data shows dashes instead of numbers', () => {
  const empty = snapshot({
    counts: new RequestCounts(),
    recent: new RequestCounts(),
    redis: undefined,
    proxy: undefined,
    redisResponds: false,
  });
  const text = boardLines(empty, plain).join('\n');
  expect(text).toContain('weight -');
  expect(text).toContain('p50 -');
  expect(text).toContain('proxy does not respond');
  expect(text).toContain('Redis does not respond');
  expect(boardLine(empty)).toContain('stable -  canary -');
});

test('the board shows the causes of failures', () => {
  const counts = new RequestCounts();
  counts.add({
    dueAt: 0,
    durationMs: 1,
    kind: { path: '/' },
    proxyPort: 8080,
    failure: 'ECONNRESET',
  });
  expect(boardLines(snapshot({ counts }), plain).join('\n')).toContain('1 ECONNRESET');
});

test('a board without colours contains no control sequences', () => {
  const text = boardLines(snapshot(), plain).join('\n');
  expect(stripVTControlCharacters(text)).toBe(text);
  expect(stripVTControlCharacters(boardLines(snapshot(), painter(true)).join('\n'))).toBe(text);
});

/** A rehearsal with four members, a long verdict and many events, in which an incident is open. */
function busy(): Snapshot {
  const base = snapshot();
  const members = ['stable-1', 'stable-2', 'stable-3', 'canary-1'].map((id) => ({
    id,
    track: id.split('-', 1)[0] ?? '',
    version: '1.0.0',
    state: 'active',
  }));
  const evidence =
    'canary 1.1.0 fails requests that stable serves: 8 of 82 canary requests (9.8%) failed, ' +
    'against 0 of 242 stable requests (0.0%)';
  const texts = Array.from({ length: 7 }, (_, index) => `event number ${index + 1}`);
  const { redis } = base;
  if (redis === undefined || redis.release === undefined) throw new Error('there is a release');
  return {
    ...base,
    links: ['page', 'console', 'mailbox', 'metrics'].map((name, index) => ({
      name,
      url: `http://127.0.0.1:${8_080 + index}/`,
    })),
    tips: [
      { command: 'npx perch --rehearsal status', effect: 'what is released' },
      { command: 'npx perch --rehearsal weight 50', effect: 'half of the traffic' },
    ],
    timeline: [],
    redis: {
      ...redis,
      release: { ...redis.release, members },
      verdict: { kind: 'harmful', sentence: evidence },
      events: [...texts, evidence].map((text, index) => ({
        id: `${index}-0`,
        at: index * 1_000,
        type: 'note',
        text,
        by: 'ada',
      })),
    },
  };
}

test('a terminal of 80 x 24 shows the whole evidence and the newest events, cut nowhere', () => {
  const lines = boardLines(busy(), painter(true), { columns: 80, rows: 24 });
  const shown = lines.map((line) => stripVTControlCharacters(line));
  expect(shown.length).toBeLessThanOrEqual(24);
  expect(Math.max(...shown.map(({ length }) => length))).toBeLessThanOrEqual(80);
  const text = shown.join(' ').replaceAll(/ +/g, ' ');
  const evidence =
    /8 of 82 canary requests \(9\.8%\) failed, against 0 of 242 stable requests \(0\.0%\)/g;
  // Once in the verdict, once in the event.
  expect(text.match(evidence)).toHaveLength(2);
  for (const part of [
    'http://127.0.0.1:8083/',
    'canary 25.0%',
    'Redis responds',
    'canary-1 canary 1.0.0 active',
    'open track-latency of stable',
    'new_feature off',
    'npx perch --rehearsal status',
  ]) {
    expect(text).toContain(part);
  }
  expect(text).not.toContain('event number 1');
});

test('a larger terminal shows more events, the newest last', () => {
  const at = (rows: number) =>
    boardLines(busy(), plain, { columns: 80, rows }).filter((line) =>
      line.includes('event number'),
    );
  expect(
    at(60)
      .map((line) => line.slice(-1))
      .join(''),
  ).toBe('1234567');
  expect(at(28).length).toBeGreaterThan(0);
  expect(at(28).at(-1)).toContain('event number 7');
});

test('a line is cut to its visible columns and keeps its styles whole', () => {
  const line = `${painter(true)('red', 'four')}${painter(true)('bold', 'more')}`;
  expect(stripVTControlCharacters(fit(line, 6))).toBe('fourmo');
  expect(fit(line, 6)).toContain('\u001b[31m');
  expect(fit(line, 8)).toBe(line);
});

test('a live board draws no more lines or columns than the terminal has, and restores it', () => {
  const terminal = Object.assign(new PassThrough({ encoding: 'utf8' }), { columns: 30, rows: 6 });
  const board = new LiveBoard(terminal as unknown as WriteStream, painter(true));
  board.start(() => snapshot());
  board.stop();

  const output = String(terminal.read());
  expect(output.startsWith('\u001b[?1049h')).toBe(true);
  expect(output.endsWith('\u001b[?1049l')).toBe(true);
  const lines = stripVTControlCharacters(output).split('\r\n');
  expect(lines).toHaveLength(6);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(30);
});

test('times, latencies and percentages are formatted for people', () => {
  expect(clock(3_725_000)).toBe('62:05');
  expect(milliseconds(undefined)).toBe('-');
  expect(milliseconds(1.234)).toBe('1.2 ms');
  expect(milliseconds(1_234)).toBe('1234 ms');
  expect(percent(1, 3)).toBe('33.3%');
  expect(percent(0, 0)).toBe('-');
});
