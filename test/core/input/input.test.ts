import { describe, expect, it, test } from 'vitest';
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

test('good input is read, with what the schema adds', () => {
  const parsed = parseInput(schema, { port: 80 });
  expect(parsed).toEqual({ ok: true, value: { port: 80, hosts: [] } });
  expect(requireInput(parsed)).toEqual({ port: 80, hosts: [] });
});

describe('a problem', () => {
  it('names field, rule and value', () => {
    expect(problemsOf({ port: 70_000 })).toEqual([
      { field: 'port', rule: 'must be 65535 at most', value: '70000' },
    ]);
  });

  it('has no value where none was given', () => {
    expect(problemsOf({})).toEqual([{ field: 'port', rule: 'must be a number' }]);
  });

  it('is found wherever it lies', () => {
    expect(problemsOf({ port: 80, hosts: [{ name: 'a' }, { name: 7 }] })).toEqual([
      { field: 'hosts.1.name', rule: 'must be a text', value: '7' },
    ]);
  });

  it('of one option of several is that of the option whose type was given', () => {
    expect(problemsOf({ port: 80, limit: { threshold: 70_000 } })).toEqual([
      { field: 'limit.threshold', rule: 'must be 65535 at most', value: '70000' },
    ]);
    expect(problemsOf({ port: 80, limit: 'much' })).toEqual([
      { field: 'limit', rule: 'must be a number', value: 'much' },
    ]);
  });

  it('of a name that is not known comes with the nearest one that is', () => {
    expect(problemsOf({ prot: 80, port: 80, zzz: 1, hosts: [{ name: 'a', nmae: 'b' }] })).toEqual(
      expect.arrayContaining([
        { field: 'prot', rule: 'is not known; did you mean port?' },
        { field: 'zzz', rule: 'is not known' },
        { field: 'hosts.0.nmae', rule: 'is not known; did you mean name?' },
      ]),
    );
  });

  it('shows a long value in part', () => {
    const shown = (length: number) => problemsOf({ port: 'x'.repeat(length) })[0]?.value;
    expect([shown(100), shown(101)]).toEqual(['x'.repeat(100), `${'x'.repeat(100)}…`]);
  });
});

describe('a secret', () => {
  it('is in no problem', () => {
    expect(problemsOf({ port: 80, password: 'short' }, ['password'])).toEqual([
      { field: 'password', rule: 'must be 8 characters or more' },
    ]);
  });

  it('leaves the values of other fields to be seen', () => {
    expect(problemsOf({ port: 'a' }, ['password'])[0]?.value).toBe('a');
  });
});

test('all problems are told at once, on one line', () => {
  const parsed = parseInput(schema, { port: 70_000, password: 7 });
  expect(() => requireInput(parsed)).toThrow(
    expect.objectContaining({
      code: 'bad_input',
      message: 'port must be 65535 at most, got 70000; password must be a text, got 7',
    }),
  );
});

test('a problem without a value reads without one', () => {
  expect(inputProblemsText([{ field: 'port', rule: 'must be given' }])).toBe('port must be given');
});
