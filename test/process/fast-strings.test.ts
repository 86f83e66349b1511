import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';
import { expect, test } from 'vitest';
import { makeStringsFast } from '../../runtime/process/fast-strings.ts';

test('the methods of strings are fast again after a class that extends String was made', () => {
  // What V8 knows of an object is within reach of code only behind this flag.
  setFlagsFromString('--allow-natives-syntax');
  const areStringsFast: () => boolean = runInThisContext(
    '() => %HasFastProperties(String.prototype)',
  );
  // As a Redis client has one.
  const subclass = class extends String {};
  expect([subclass.name, areStringsFast()]).toEqual(['subclass', false]);
  makeStringsFast();
  expect(areStringsFast()).toBe(true);
});
