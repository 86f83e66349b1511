import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memberPorts } from '../../runtime/contract/ports.ts';
import { lowestFreePort } from '../../runtime/decide/port.ts';
import { member } from '../support/release-document.ts';

const { first, last } = memberPorts;
const at = (port: number, host = 'host-1') => member(`stable-${port}`, port, { host });

test('an empty host has its first port free', () => {
  expect(lowestFreePort([], 'host-1')).toBe(first);
});

test('the lowest port that no member of the host holds is free', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: first, max: first + 30 })), (ports) => {
      const members = ports.map((port) => at(port));
      const free = lowestFreePort(members, 'host-1') ?? Number.NaN;
      expect(ports).not.toContain(free);
      for (let port = first; port < free; port += 1) expect(ports).toContain(port);
    }),
  );
});

test('what members of other hosts hold is free', () => {
  expect(lowestFreePort([at(first, 'host-2')], 'host-1')).toBe(first);
});

test.each(['reserved', 'active', 'draining', 'ejected'] as const)(
  'a member that is %s holds its port',
  (state) => {
    expect(lowestFreePort([{ ...at(first), state }], 'host-1')).toBe(first + 1);
  },
);

test('the last port can be had, and after it there is none', () => {
  const all = Array.from({ length: last - first + 1 }, (_, index) => at(first + index));
  expect(lowestFreePort(all.slice(0, -1), 'host-1')).toBe(last);
  expect(lowestFreePort(all, 'host-1')).toBeUndefined();
});
