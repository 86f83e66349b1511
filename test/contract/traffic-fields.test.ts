import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tracks } from '../../runtime/contract/names.ts';
import { parseCountField, trafficField, excluded } from '../../runtime/contract/traffic-fields.ts';

const weights = fc.oneof(
  fc.integer({ min: 0, max: 10_000 }).map((hundredths) => hundredths / 100),
  fc.constant(excluded),
);

test('a field that counts requests is parsed as it was written', () => {
  const counts = fc.oneof(fc.constantFrom('requests' as const, 'failures' as const), fc.nat());
  fc.assert(
    fc.property(weights, fc.constantFrom(...tracks), counts, (weight, track, count) => {
      const field =
        typeof count === 'number'
          ? trafficField.latency(weight, track, count)
          : trafficField[count](weight, track);
      expect(parseCountField(field)).toEqual({ weight, track, count });
    }),
  );
});

test.each([
  trafficField.batch('proxy-1'),
  trafficField.batch('10:canary:requests'),
  'canary:requests',
  '10:blue:requests',
  '10:canary:latency',
  '10:canary:latency:3:4',
  'all:canary:requests',
])('%s is no field that counts requests', (field) => {
  expect(parseCountField(field)).toBeUndefined();
});
