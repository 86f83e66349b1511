import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memberPorts } from '../../../runtime/contract/ports.ts';
import { allocatePort } from '../../../runtime/core/release/port-allocation.ts';
import { member } from '../../support/release-document.ts';

const { first, last } = memberPorts;
const count = last - first + 1;
const at = (port: number, host = 'host-1') => member(`stable-${port}`, port, { host });
const free = (members: ReturnType<typeof at>[], service = 'shop') =>
  allocatePort({ service, members }, 'host-1') ?? Number.NaN;
const start = free([]);
/** Port `steps` after the service's first one. */
const after = (steps: number) => first + ((start - first + steps) % count);

test("the first free port from the service's start port is allocated", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 30 })), (steps) => {
      let wanted = 0;
      while (steps.includes(wanted)) wanted += 1;
      expect(free(steps.map((step) => at(after(step))))).toBe(after(wanted));
    }),
  );
});

test('services that share a host start far apart, each always at the same port', () => {
  const starts = ['shop', 'blog', 'search', 'mail'].map((service) => free([], service));
  for (const port of starts) {
    expect(port).toBeGreaterThanOrEqual(first);
    expect(port).toBeLessThanOrEqual(last);
    expect(starts.filter((other) => Math.abs(other - port) < 100)).toEqual([port]);
  }
  expect(free([], 'blog')).toBe(starts[1]);
});

test('the ports of members on other hosts are free', () => {
  expect(free([at(start, 'host-2')])).toBe(start);
});

test.each(['reserved', 'active', 'draining', 'ejected'] as const)(
  'a member that is %s holds its port',
  (state) => {
    expect(free([{ ...at(start), state }])).toBe(after(1));
  },
);

test('every port is allocated once, and then none is left', () => {
  const all = Array.from({ length: count }, (_, index) => at(after(index)));
  expect(free(all.slice(0, -1))).toBe(after(count - 1));
  expect(free(all)).toBeNaN();
});
