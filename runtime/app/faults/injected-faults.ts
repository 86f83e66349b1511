import { z } from 'zod';
import { weightProblem } from '../../core/routing/weight.ts';
import type { InputProblem } from '../../contract/perch-error.ts';
import { parseInput, type Parsed } from '../../core/input/input.ts';

const whole = (most: number) => {
  const rule = `must be a whole number from 0 to ${most}`;
  return z.int(rule).min(0, rule).max(most, rule).optional();
};

const share = z.number('must be a number').superRefine((value, context) => {
  const message = weightProblem(value)?.replace(/, got .*/, '');
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

const pathRule = 'must be a path that begins with /';
const path = z.string(pathRule).startsWith('/', pathRule).optional();

/** `error-path`, `latency-path` and `hang-path` narrow that fault to the requests of one path. */
const injectedFaultsSchema = z.strictObject({
  /** Requests answered with 500, percent. */
  'error-share': share.optional(),
  'error-path': path,
  /** Delay before each response, milliseconds. */
  'latency-ms': whole(60_000),
  'latency-path': path,
  /** Number of first requests that are delayed; all of them without it. */
  'latency-requests': whole(1_000_000),
  /** Memory leaked, MiB per second, up to 1 GiB in total. */
  'leak-mib-per-s': whole(1_024),
  /** Time until the process crashes, milliseconds. */
  'crash-after-ms': whole(600_000),
  /** The health check responds with 503; other requests succeed. */
  unhealthy: z.boolean('must be true or false').optional(),
  /** No request is answered, the health check included unless it has another path. */
  hang: z.boolean('must be true or false').optional(),
  'hang-path': path,
});

export type InjectedFaults = z.infer<typeof injectedFaultsSchema>;

/** Parses the body of `POST /faults`. */
export function parseFaults(body: unknown): Parsed<InjectedFaults> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) {
    return parseInput(injectedFaultsSchema, { ...body });
  }
  return { ok: false, problems: [{ field: 'body', rule: 'must be a JSON object' }] };
}

/** Parses `--fault error-share=25,hang`. */
export function parseFaultList(text: string): Parsed<InjectedFaults> {
  const pairs = text.split(',').map(pairOf);
  const problems: InputProblem[] = repeated(pairs.map(([name]) => name)).map((field) => ({
    field,
    rule: 'must be given once',
  }));
  if (problems.length > 0) return { ok: false, problems };
  return parseInput(injectedFaultsSchema, Object.fromEntries(pairs));
}

/** A name alone means true. A value that is not a number stays text, which the schema rejects by name. */
function pairOf(pair: string): [name: string, value: unknown] {
  const [name = '', ...rest] = pair.trim().split('=');
  const value = rest.join('=');
  if (rest.length === 0 || value === 'true') return [name, true];
  if (value === 'false') return [name, false];
  return [name, /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value];
}

function repeated(names: readonly string[]): string[] {
  return names.filter((name, index) => names.indexOf(name) < index);
}
