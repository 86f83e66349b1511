import { expect, test } from 'vitest';
import { parseFaultList, parseFaults } from '../../../runtime/app/faults/injected-faults.ts';

test('a fault list is parsed, and a name alone switches its fault on', () => {
  const text = 'error-share=25,latency-ms=800,leak-mib-per-s=20,crash-after-ms=5000,hang';
  expect(parseFaultList(text)).toEqual({
    ok: true,
    value: {
      'error-share': 25,
      'latency-ms': 800,
      'leak-mib-per-s': 20,
      'crash-after-ms': 5_000,
      hang: true,
    },
  });
});

test('a fault can be narrowed to a path, and latency to the first requests', () => {
  expect(parseFaultList('hang,hang-path=/version,latency-ms=800,latency-requests=20')).toEqual({
    ok: true,
    value: { hang: true, 'hang-path': '/version', 'latency-ms': 800, 'latency-requests': 20 },
  });
  expect(parseFaultList('error-path=version,latency-path')).toMatchObject({
    problems: [
      { field: 'error-path', rule: 'must be a path that begins with /', value: 'version' },
      { field: 'latency-path', rule: 'must be a path that begins with /' },
    ],
  });
});

test('a fault list is refused with every unknown, repeated or invalid fault', () => {
  expect(parseFaultList('error-share=101,latency-ms=fast,explode,hang=3')).toEqual({
    ok: false,
    problems: [
      { field: 'error-share', rule: 'must be from 0 to 100', value: '101' },
      { field: 'latency-ms', rule: 'must be a whole number from 0 to 60000', value: 'fast' },
      { field: 'hang', rule: 'must be true or false', value: '3' },
      { field: 'explode', rule: 'is not known' },
    ],
  });
  expect(parseFaultList('hang,hang')).toMatchObject({
    problems: [{ field: 'hang', rule: 'must be given once' }],
  });
});

test.each([undefined, null, [], 'hang', 3])('the body %j of POST /faults is refused', (body) => {
  expect(parseFaults(body)).toEqual({
    ok: false,
    problems: [{ field: 'body', rule: 'must be a JSON object' }],
  });
});
