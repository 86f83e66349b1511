import { expect, test } from 'vitest';
import { reservedPort } from '../../../infra/release/reservation.ts';

test('the reserved port is that of the url that perch member reserve prints', () => {
  expect(reservedPort('{"id":"a","url":"http://10.0.0.1:20007"}')).toBe(20_007);
  // An update with targets leaves the command out.
  expect(reservedPort(undefined)).toBe(0);
  expect(() => reservedPort('{}')).toThrow('perch member reserve must print a url');
});
