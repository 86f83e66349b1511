import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tracks } from '../../runtime/contract/names.ts';
import {
  clientCountNames,
  countNames,
  excluded,
  harmMetrics,
  histogramNames,
  parseCountField,
  trafficField,
  type CountName,
} from '../../runtime/contract/traffic-fields.ts';

const weights = fc.oneof(
  fc.integer({ min: 0, max: 10_000 }).map((hundredths) => hundredths / 100),
  fc.constant(excluded),
);
const rolloutIds = fc.constantFrom(undefined, 'initial', 'rollout-7', '2026.11_a');
const splits = fc
  .record({ weight: weights, rolloutId: rolloutIds, key: fc.constantFrom(undefined, 'k3f') })
  .map(({ weight, rolloutId, key }) => ({
    weight,
    rolloutId,
    canaryKey: rolloutId === undefined ? undefined : key,
  }));
const names: fc.Arbitrary<CountName> = fc.oneof(
  fc.record({ kind: fc.constant('count' as const), name: fc.constantFrom(...countNames) }),
  fc.record({
    kind: fc.constant('histogram' as const),
    name: fc.constantFrom(...histogramNames),
    bin: fc.nat(),
  }),
  fc.record({
    kind: fc.constant('clients' as const),
    metric: fc.constantFrom(...harmMetrics),
    name: fc.constantFrom(...clientCountNames),
  }),
);

test('a field that counts requests is parsed as it was written', () => {
  fc.assert(
    fc.property(splits, fc.constantFrom(...tracks), names, (split, track, count) => {
      const field = trafficField.count(split, track, count);
      expect(parseCountField(field)).toEqual({ split, track, count });
    }),
  );
});

test('fields of release 0.1 are parsed without a rollout', () => {
  expect(parseCountField('10:canary:requests')).toEqual({
    split: { weight: 10, rolloutId: undefined, canaryKey: undefined },
    track: 'canary',
    count: { kind: 'count', name: 'requests' },
  });
  expect(parseCountField(`${excluded}:stable:latency:42`)).toEqual({
    split: { weight: excluded, rolloutId: undefined, canaryKey: undefined },
    track: 'stable',
    count: { kind: 'histogram', name: 'latency', bin: 42 },
  });
});

test.each([
  trafficField.batch('proxy-1'),
  trafficField.batch('10:canary:requests'),
  'canary:requests',
  '10:blue:requests',
  '10:canary:latency',
  '10:canary:latency:3:4',
  '10@:canary:requests',
  '10~k3f:canary:requests',
  '10:canary:clients:errors',
  'all:canary:requests',
])('%s is no field that counts requests', (field) => {
  expect(parseCountField(field)).toBeUndefined();
});
