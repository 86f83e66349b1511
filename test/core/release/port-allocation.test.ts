import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memberPorts } from '../../../runtime/contract/ports.ts';
import { allocatePort, nothingElsewhere } from '../../../runtime/core/release/port-allocation.ts';
import { member } from '../../support/release-document.ts';

const { first, last } = memberPorts;
const count = last - first + 1;
const at = (port: number, host = 'host-1') => member(`stable-${port}`, port, { host });
const place = { host: 'host-1', address: '10.0.0.5', elsewhere: nothingElsewhere };
const free = (members: ReturnType<typeof at>[], service = 'shop', reservations = 0) =>
  allocatePort({ service, members }, { ...place, elsewhere: { reservations, members: [] } }) ??
  Number.NaN;
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

test('a port that is free again is used last, because a proxy that was cut off may still send requests to it', () => {
  expect(free([], 'shop', 1)).toBe(after(1));
  expect(free([at(after(1))], 'shop', 1)).toBe(after(2));
  expect(free([], 'shop', count)).toBe(start);
  expect(free([], 'shop', 3 * count + 7)).toBe(after(7));
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

test.each([
  ['the same host', { host: 'host-1', url: `http://10.0.9.9:${start}` }],
  ['the same address', { host: 'web-1', url: `http://10.0.0.5:${start}` }],
])('a port of another service on %s is taken', (_where, other) => {
  const port = allocatePort(
    { service: 'shop', members: [] },
    {
      ...place,
      elsewhere: { reservations: 0, members: [other] },
    },
  );
  expect(port).toBe(after(1));
});

test('a port of another service on another host is free', () => {
  const other = { host: 'web-1', url: `http://10.0.0.55:${start}` };
  const port = allocatePort(
    { service: 'shop', members: [] },
    {
      ...place,
      elsewhere: { reservations: 0, members: [other] },
    },
  );
  expect(port).toBe(start);
});
