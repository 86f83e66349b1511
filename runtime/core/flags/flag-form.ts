import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { InputProblem } from '../../contract/perch-error.ts';
import type { FlagDefinition } from './flag-definition.ts';
import { valueRule } from './targeting-condition.ts';
import {
  isNear,
  targetingFormOf,
  targetingFormSchema,
  targetingOf,
  type TargetingForm,
} from './targeting-form.ts';

export const flagFormSchema = z.strictObject({
  enabled: z.boolean('must be true or false'),
  description: z.string('must be text'),
  /** Empty for the caller's default. */
  defaultVariant: z.string('must be the name of a variant'),
  /** Null if the form cannot show the targeting. */
  targeting: targetingFormSchema.nullable(),
});

/** Flag as a form shows it. Variants, and all that the form does not know, stay in the definition. */
export type FlagForm = z.infer<typeof flagFormSchema>;

const describedSchema = z.looseObject({ description: z.string().optional() });

/** `description` in flagd's metadata; empty without one. */
export function descriptionOf({ metadata }: FlagDefinition): string {
  return describedSchema.safeParse(metadata).data?.description ?? '';
}

/** Reads a definition into a form. A share has a percent for every variant. */
export function flagFormOf(definition: FlagDefinition): FlagForm {
  const targeting = targetingFormOf(definition.targeting);
  return {
    enabled: definition.state === 'ENABLED',
    description: descriptionOf(definition),
    defaultVariant: definition.defaultVariant ?? '',
    targeting: targeting === undefined ? null : withEveryVariant(targeting, definition),
  };
}

function withEveryVariant(form: TargetingForm, { variants }: FlagDefinition): TargetingForm {
  const { rest } = form;
  if (rest.kind !== 'share') return form;
  const known = new Set(rest.percents.map(({ variant }) => variant));
  const others = Object.keys(variants).filter((variant) => !known.has(variant));
  const zeros = others.map((variant) => ({ variant, percent: 0 }));
  return { ...form, rest: { ...rest, percents: [...rest.percents, ...zeros] } };
}

/**
 * Writes a form into the definition that it was made of. What the form leaves as it was keeps its own
 * JSON: weights of other sums, fields that the form does not know, a targeting that it cannot show.
 */
export function withForm(definition: FlagDefinition, form: FlagForm): FlagDefinition {
  const before = flagFormOf(definition);
  const { targeting, metadata, ...others } = definition;
  const next: FlagDefinition = { ...others, state: form.enabled ? 'ENABLED' : 'DISABLED' };
  if (form.defaultVariant !== '') next.defaultVariant = form.defaultVariant;
  else if (before.defaultVariant !== '') delete next.defaultVariant;
  const rule =
    form.targeting === null || isDeepStrictEqual(form.targeting, before.targeting)
      ? targeting
      : targetingOf(form.targeting);
  if (rule !== undefined) next['targeting'] = rule;
  const described = form.description === before.description ? metadata : describe(metadata, form);
  if (described !== undefined) next['metadata'] = described;
  return next;
}

function describe(metadata: unknown, { description }: FlagForm): object | undefined {
  const { description: _before, ...others } = z.looseObject({}).safeParse(metadata).data ?? {};
  if (description !== '') return { ...others, description };
  return Object.keys(others).length === 0 ? undefined : others;
}

/** Problems of a form with the definition that it is written into, each with its field. */
export function formProblems({ variants }: FlagDefinition, form: FlagForm): InputProblem[] {
  const names = Object.keys(variants);
  const known = (field: string, value: string) =>
    value === '' || names.includes(value)
      ? []
      : [{ field, rule: `must be one of ${names.join(', ')}`, value }];
  const { defaultVariant, targeting } = form;
  if (targeting === null) return known('defaultVariant', defaultVariant);
  const { rules, rest } = targeting;
  return [
    ...known('defaultVariant', defaultVariant),
    ...rules.flatMap((rule, index) => {
      const field = `targeting.rules.${index}`;
      const broken = valueRule(rule);
      return [
        ...(rule.attribute === '' ? [{ field: `${field}.attribute`, rule: 'must be given' }] : []),
        ...(broken === undefined
          ? []
          : [{ field: `${field}.value`, rule: broken, value: rule.value }]),
        ...known(`${field}.variant`, rule.variant),
      ];
    }),
    ...(rest.kind === 'variant' ? known('targeting.rest.variant', rest.variant) : []),
    ...(rest.kind === 'share' ? shareProblems(rest.percents, known) : []),
  ];
}

/** Rounding of three thirds to hundredths, percent. */
const roundingPercent = 0.05;

function shareProblems(
  percents: readonly { readonly variant: string; readonly percent: number }[],
  known: (field: string, value: string) => InputProblem[],
): InputProblem[] {
  const sum = percents.reduce((total, { percent }) => total + percent, 0);
  const field = 'targeting.rest.percents';
  return [
    ...percents.flatMap(({ variant, percent }, index) =>
      percent === 0 ? [] : known(`${field}.${index}`, variant),
    ),
    ...(isNear(sum, 100, roundingPercent)
      ? []
      : [{ field, rule: 'must add up to 100', value: String(Number(sum.toFixed(2))) }]),
  ];
}
