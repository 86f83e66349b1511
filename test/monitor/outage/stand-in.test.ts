import { expect, test } from 'vitest';
import { alertAfterMs } from '../../../runtime/monitor/outage/stand-in.ts';

const hosts = ['host-1', 'host-2', 'host-3'];
const known = { hosts, leader: 'host-1/42-abcdef' };

test('the monitor that led last alerts after ten seconds', () => {
  expect(alertAfterMs('host-1', true, known)).toBe(10_000);
});

test('of the other monitors, the first host by name alerts after a minute', () => {
  const others = ['host-2', 'host-3'].map((host) => alertAfterMs(host, false, known));
  expect(others).toEqual([60_000, undefined]);
});

test.each([
  { why: 'knows no other', known: { hosts: [], leader: undefined } },
  { why: 'is the only one', known: { hosts: ['host-1'], leader: 'host-1/1-a' } },
])('a monitor that $why alerts after a minute, even if it never led', ({ known: others }) => {
  expect(alertAfterMs('host-1', false, others)).toBe(60_000);
});
