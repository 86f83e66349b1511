import { expect, test } from 'vitest';
import { hostOfProxy, silentProxies } from '../../../runtime/core/release/known-proxy.ts';

const known = (id: string, firstReportMs: number, lastReportMs: number) => ({
  id,
  firstReportMs,
  lastReportMs,
});
const old = known('web-1-0-aaaaaa', 100, 200);
const silentIds = (...args: Parameters<typeof silentProxies>) =>
  silentProxies(...args).map(({ id }) => id);

test('a known proxy that is not live is silent', () => {
  expect(silentProxies([old, known('web-2-0-bbbbbb', 100, 900)], ['web-2-0-bbbbbb'])).toEqual([
    old,
  ]);
});

test.each([
  { why: 'began after its last report', successor: known('web-1-3-bbbbbb', 201, 900) },
  { why: 'has its slot and began later', successor: known('web-1-0-bbbbbb', 150, 900) },
])('a proxy is not silent if a live one of its host $why', ({ successor }) => {
  expect(silentIds([old, successor], [successor.id])).toEqual([]);
});

test.each([
  { why: 'began earlier', other: known('web-1-1-bbbbbb', 90, 900) },
  {
    why: 'has another slot and began before its last report',
    other: known('web-1-1-bbbbbb', 150, 900),
  },
  { why: 'is on another host', other: known('web-11-0-bbbbbb', 300, 900) },
])('a proxy is silent even if a live one $why', ({ other }) => {
  expect(silentIds([old, other], [other.id])).toEqual([old.id]);
});

test('a proxy that is silent itself replaces none', () => {
  expect(silentIds([old, known('web-1-0-bbbbbb', 300, 400)], [])).toHaveLength(2);
});

test("a proxy's id names its host, or is taken for one", () => {
  expect(hostOfProxy('eu-web-1-12-0a1b2c')).toBe('eu-web-1');
  expect(hostOfProxy('proxy-1')).toBe('proxy-1');
});
