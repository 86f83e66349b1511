import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { inputProblemsText, parseInput, requireInput } from '../../../runtime/core/input/input.ts';

const port = z.number('must be a number').max(65_535, 'must be 65535 at most');
const schema = z.strictObject({
  port,
  password: z.string('must be a text').min(8, 'must be 8 characters or more').optional(),
  hosts: z.array(z.strictObject({ name: z.string('must be a text') })).default([]),
  limit: z
    .union([z.number(), z.literal(false), z.strictObject({ threshold: port })], 'must be a number')
    .optional(),
});
const problemsOf = (input: object, secret: readonly string[] = []) => {
  const parsed = parseInput(schema, input, { secret });
  return parsed.ok ? [] : parsed.problems;
};

test("good input is parsed, with the schema's defaults", () => {
  const parsed = parseInput(schema, { port: 80 });
  expect(parsed).toEqual({ ok: true, value: { port: 80, hosts: [] } });
  expect(requireInput(parsed)).toEqual({ port: 80, hosts: [] });
});

describe('a problem', () => {
  test('a problem names field, rule and value', () => {
    expect(problemsOf({ port: 70_000 })).toEqual([
      { field: 'port', rule: 'must be 65535 at most', value: '70000' },
    ]);
  });

  test('a problem of a missing field has no value', () => {
    expect(problemsOf({})).toEqual([{ field: 'port', rule: 'must be a number' }]);
  });

  test('a problem is found at any depth', () => {
    expect(problemsOf({ port: 80, hosts: [{ name: 'a' }, { name: 7 }] })).toEqual([
      { field: 'hosts.1.name', rule: 'must be a text', value: '7' },
    ]);
  });

  test('a problem inside a union is that of the option with the given type', () => {
    expect(problemsOf({ port: 80, limit: { threshold: 70_000 } })).toEqual([
      { field: 'limit.threshold', rule: 'must be 65535 at most', value: '70000' },
    ]);
    expect(problemsOf({ port: 80, limit: 'much' })).toEqual([
      { field: 'limit', rule: 'must be a number', value: 'much' },
    ]);
  });

  test('a problem of an unknown name suggests the nearest known one', () => {
    expect(problemsOf({ prot: 80, port: 80, zzz: 1, hosts: [{ name: 'a', nmae: 'b' }] })).toEqual(
      expect.arrayContaining([
        { field: 'prot', rule: 'is not known; did you mean port?' },
        { field: 'zzz', rule: 'is not known' },
        { field: 'hosts.0.nmae', rule: 'is not known; did you mean name?' },
      ]),
    );
  });

  test('a problem shows only the beginning of a long value', () => {
    const shown = (length: number) => problemsOf({ port: 'x'.repeat(length) })[0]?.value;
    expect([shown(100), shown(101)]).toEqual(['x'.repeat(100), `${'x'.repeat(100)}…`]);
  });
});

describe('a secret', () => {
  test('a secret appears in no problem', () => {
    expect(problemsOf({ port: 80, password: 'short' }, ['password'])).toEqual([
      { field: 'password', rule: 'must be 8 characters or more' },
    ]);
  });

  test('a secret does not hide the values of other fields', () => {
    expect(problemsOf({ port: 'a' }, ['password'])[0]?.value).toBe('a');
  });
});

test('all problems are reported at once, on one line', () => {
  const parsed = parseInput(schema, { port: 70_000, password: 7 });
  expect(() => requireInput(parsed)).toThrow(
    expect.objectContaining({
      code: 'bad_input',
      message: 'port must be 65535 at most, got 70000; password must be a text, got 7',
    }),
  );
});

test('the text of a problem without a value shows none', () => {
  expect(inputProblemsText([{ field: 'port', rule: 'must be given' }])).toBe('port must be given');
});
