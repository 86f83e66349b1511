import { z } from 'zod';
import { conditionIn, conditionJson, operatorNames } from './targeting-condition.ts';

const weight = z.int().min(0);
const bucket = z.union([z.tuple([z.string(), weight]), z.tuple([z.string()])]);
const attribute = z.strictObject({ var: z.string().min(1) });
const salted = z.strictObject({
  cat: z.tuple([z.strictObject({ var: z.literal('$flagd.flagKey') }), attribute]),
});
const bucketBy = z.union([attribute, salted]);

const ruleSchema = z.strictObject({
  attribute: z.string('must be given').trim(),
  operator: z.enum(operatorNames, 'must be an operator of the form'),
  value: z.string('must be text'),
  /** Empty for the default variant. */
  variant: z.string('must be the name of a variant'),
});

const percentRule = 'must be from 0 to 100';
const shareSchema = z.strictObject({
  kind: z.literal('share'),
  /** Expression that flagd hashes; null for the flag's key and the targeting key. */
  by: bucketBy.nullable(),
  percents: z.array(
    z.strictObject({
      variant: z.string(),
      percent: z.number('must be a number').min(0, percentRule).max(100, percentRule),
    }),
  ),
});

const restSchema = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('default') }),
    z.strictObject({ kind: z.literal('variant'), variant: z.string() }),
    shareSchema,
  ],
  'must be the default, a variant or a share',
);

/** Targeting that a form can show: rules, of which the first that fits decides, and what all others get. */
export const targetingFormSchema = z.strictObject({ rules: z.array(ruleSchema), rest: restSchema });

export type TargetingForm = z.infer<typeof targetingFormSchema>;
export type TargetingShare = z.infer<typeof shareSchema>;
export type TargetingRest = z.infer<typeof restSchema>;

const byDefault: TargetingRest = { kind: 'default' };
const hundredths = 100;

/** Reads a targeting; undefined if a form cannot show all of it. */
export function targetingFormOf(targeting: unknown): TargetingForm | undefined {
  const object = z.record(z.string(), z.unknown()).nullish().safeParse(targeting);
  if (!object.success) return undefined;
  const entries = Object.entries(object.data ?? {});
  if (entries.length === 0) return { rules: [], rest: byDefault };
  const [[name, operands] = [], ...others] = entries;
  if (name !== 'if' || others.length > 0 || !Array.isArray(operands)) {
    const rest = shareIn(targeting);
    return rest && { rules: [], rest };
  }
  if (operands[0] === true && typeof operands[1] === 'string' && operands.length === 2) {
    return { rules: [], rest: { kind: 'variant', variant: operands[1] } };
  }
  const rules = [];
  for (let index = 0; index + 1 < operands.length; index += 2) {
    const condition = conditionIn(operands[index]);
    const variant = variantIn(operands[index + 1]);
    if (condition === undefined || variant === undefined) return undefined;
    rules.push({ ...condition, variant });
  }
  const rest = operands.length % 2 === 0 ? byDefault : restIn(operands.at(-1));
  return rest && rules.length > 0 ? { rules, rest } : undefined;
}

/** Writes a targeting in flagd's format; undefined if everyone gets the default variant. */
export function targetingOf({ rules, rest }: TargetingForm): object | undefined {
  const last = restJson(rest);
  if (rules.length === 0) {
    if (typeof last === 'string') return { if: [true, last] };
    return last;
  }
  const cases = rules.flatMap(({ variant, ...condition }) => [
    conditionJson(condition),
    variant === '' ? null : variant,
  ]);
  return { if: [...cases, ...(last === undefined ? [] : [last])] };
}

/** Empty for the default variant, which flagd writes as null. */
function variantIn(json: unknown): string | undefined {
  if (json === null) return '';
  return typeof json === 'string' && json !== '' ? json : undefined;
}

function restIn(json: unknown): TargetingRest | undefined {
  const variant = variantIn(json);
  if (variant === undefined) return shareIn(json);
  return variant === '' ? byDefault : { kind: 'variant', variant };
}

function restJson(rest: TargetingRest): string | object | undefined {
  if (rest.kind === 'default') return undefined;
  if (rest.kind === 'variant') return rest.variant;
  const { by, percents } = rest;
  const scale = [1, 10, hundredths].find((each) =>
    percents.every(({ percent }) => isNear(percent * each, Math.round(percent * each))),
  );
  const buckets = percents
    .filter(({ percent }) => percent > 0)
    .map(({ variant, percent }) => [variant, Math.round(percent * (scale ?? hundredths))]);
  return { fractional: [...(by === null ? [] : [by]), ...buckets] };
}

function shareIn(json: unknown): TargetingShare | undefined {
  const operands = z.strictObject({ fractional: z.array(z.unknown()) }).safeParse(json)
    .data?.fractional;
  if (operands === undefined) return undefined;
  const [first, ...others] = operands;
  const by = Array.isArray(first) ? null : bucketBy.safeParse(first).data;
  const buckets = z.array(bucket).safeParse(by === null ? operands : others).data;
  if (by === undefined || buckets === undefined) return undefined;
  const weights = new Map(buckets.map(([variant, share = 1]) => [variant, share]));
  const total = [...weights.values()].reduce((sum, share) => sum + share, 0);
  if (total === 0 || weights.size < buckets.length) return undefined;
  const percents = [...weights].map(([variant, share]) => ({
    variant,
    percent: Math.round((share / total) * 100 * hundredths) / hundredths,
  }));
  return { kind: 'share', by, percents };
}

/** True for numbers that differ by no more than floating point makes them. */
export function isNear(a: number, b: number, difference = 1e-6): boolean {
  return Math.abs(a - b) <= difference;
}
