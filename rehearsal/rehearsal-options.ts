import { accessSync, constants } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { PerchError } from '../runtime/contract/perch-error.ts';
import { defaultPorts } from '../runtime/contract/ports.ts';
import { didYouMean } from '../runtime/contract/suggest-name.ts';

export interface RehearsalOptions {
  /** The canary's weight, percent. */
  readonly weight: number;
  readonly affinity: 'none' | 'cookie';
  /** Port of the proxy, on loopback. */
  readonly port: number;
  /** Requests per second; undefined: the scenario's, else 50. */
  readonly traffic: number | undefined;
  /** Number of the proxy's worker processes. */
  readonly workers: number;
  /** Undefined: run until interrupted. */
  readonly scenario: string | undefined;
  /** Absolute path; undefined: no report. */
  readonly report: string | undefined;
  /** Shorter outages and fewer requests, for tests. */
  readonly quick: boolean;
  /** True if the proxy serves https too, with a certificate of an authority on this machine. */
  readonly tls: boolean;
}

const optionNames = [
  'weight',
  'affinity',
  'port',
  'traffic',
  'workers',
  'scenario',
  'report',
  'quick',
  'tls',
  'help',
] as const;

type OptionName = (typeof optionNames)[number];

const switches: readonly OptionName[] = ['quick', 'tls', 'help'];

const whole = (least: number, most: number) => {
  const rule = `must be a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,6}$/, rule)
    .transform(Number)
    .refine((value) => value >= least && value <= most, rule);
};

const weightRule = 'must be a percentage from 0 to 100 with at most two decimals';

const schema = (scenarios: readonly string[]) =>
  z.object({
    weight: z
      .string()
      .regex(/^\d{1,3}(\.\d{1,2})?$/, weightRule)
      .transform(Number)
      .refine((value) => value <= 100, weightRule)
      .default(25),
    affinity: z.enum(['none', 'cookie'], 'must be none or cookie').default('none'),
    port: whole(1, 65_535).default(defaultPorts.proxy),
    traffic: whole(0, 2_000).optional(),
    workers: whole(1, 16).default(1),
    scenario: z.enum(scenarios, `must be one of ${scenarios.join(', ')}`).optional(),
    report: z
      .string()
      .transform((file) => resolve(file))
      .refine(isWritable, 'must be a file in a writable folder')
      .optional(),
    quick: z.boolean().default(false),
    tls: z.boolean().default(false),
  });

/**
 * Parses the command line.
 * @returns `help` if the help was requested.
 * @throws PerchError `bad_input` with every problem: option, rule, value.
 */
export function rehearsalOptions(
  args: readonly string[],
  scenarios: readonly string[],
): RehearsalOptions | 'help' {
  const { given, problems } = parseArguments(args);
  if (given['help'] === true) return 'help';
  const parsed = schema(scenarios).safeParse(given);
  const invalid = (parsed.error?.issues ?? []).map(({ path, message }) => {
    const name = String(path[0]);
    return `--${name} ${message}, got ${String(given[name])}`;
  });
  if (!parsed.success || problems.length > 0) {
    throw new PerchError('bad_input', [...problems, ...invalid].join('; '));
  }
  const { traffic, scenario, report, ...rest } = parsed.data;
  return { ...rest, traffic, scenario, report };
}

interface ParsedArguments {
  readonly given: Record<string, string | true>;
  readonly problems: string[];
}

function parseArguments(args: readonly string[]): ParsedArguments {
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      optionNames.map((name) => [
        name,
        { type: switches.includes(name) ? ('boolean' as const) : ('string' as const) },
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given: Record<string, string | true> = {};
  const problems: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') {
      problems.push(`arguments must be options, got ${token.value}`);
    }
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    if (!isOptionName(name)) {
      problems.push(
        `${rawName} is not an option${didYouMean(
          rawName,
          optionNames.map((known) => `--${known}`),
        )}`,
      );
    } else if (name in given) {
      problems.push(`--${name} must be given once`);
    } else if (switches.includes(name)) {
      if (value === undefined) given[name] = true;
      else problems.push(`--${name} takes no value, got ${value}`);
    } else if (value === undefined || value === '') {
      problems.push(`--${name} must have a value`);
    } else {
      given[name] = value;
    }
  }
  return { given, problems };
}

function isOptionName(name: string): name is OptionName {
  return optionNames.some((known) => known === name);
}

function isWritable(file: string): boolean {
  try {
    accessSync(dirname(file), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
