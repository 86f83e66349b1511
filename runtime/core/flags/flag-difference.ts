import { isDeepStrictEqual } from 'node:util';
import { flagStateText, type FlagDefinition } from './flag-definition.ts';
import { descriptionOf } from './flag-form.ts';
import { conditionText } from './targeting-condition.ts';
import { targetingFormOf, type TargetingForm, type TargetingRest } from './targeting-form.ts';

/** Says what a change of a flag changes, in sentences; undefined stands for no flag. */
export function flagDifference(
  before: FlagDefinition | undefined,
  after: FlagDefinition | undefined,
): string[] {
  if (before === undefined) {
    return after === undefined ? [] : [`The flag is created: ${flagStateText(after)}.`];
  }
  if (after === undefined) {
    return ['The flag is deleted: callers get the default of their own code, with an error.'];
  }
  return [
    ...stateSentences(before, after),
    ...defaultSentences(before, after),
    ...variantSentences(before, after),
    ...targetingSentences(before, after),
    ...otherSentences(before, after),
  ];
}

function stateSentences(before: FlagDefinition, after: FlagDefinition): string[] {
  if (before.state === after.state) return [];
  return after.state === 'ENABLED' ? ['The flag is enabled.'] : ['The flag is disabled.'];
}

function defaultSentences(before: FlagDefinition, after: FlagDefinition): string[] {
  const [from, to] = [before, after].map(({ defaultVariant }) => defaultVariant ?? 'none');
  return from === to ? [] : [`The default variant goes from ${from} to ${to}.`];
}

function variantSentences(before: FlagDefinition, after: FlagDefinition): string[] {
  const names = new Set([...Object.keys(before.variants), ...Object.keys(after.variants)]);
  return [...names].flatMap((name) => {
    const [from, to] = [before.variants[name], after.variants[name]];
    if (from === undefined) return [`The variant ${name} is new: ${valueText(to)}.`];
    if (to === undefined) return [`The variant ${name} is removed.`];
    if (isDeepStrictEqual(from, to)) return [];
    return [`The variant ${name} goes from ${valueText(from)} to ${valueText(to)}.`];
  });
}

function targetingSentences(before: FlagDefinition, after: FlagDefinition): string[] {
  if (isDeepStrictEqual(before.targeting, after.targeting)) return [];
  const [from, to] = [targetingFormOf(before.targeting), targetingFormOf(after.targeting)];
  if (from === undefined || to === undefined) return ['The targeting changes.'];
  const sentences = [...ruleSentences(from, to), ...restSentences(from.rest, to.rest)];
  return sentences.length > 0 || isDeepStrictEqual(from, to)
    ? sentences
    : ['The order of the rules changes.'];
}

function ruleSentences(before: TargetingForm, after: TargetingForm): string[] {
  const [from, to] = [before, after].map(({ rules }) =>
    rules.map(
      ({ variant, ...condition }) =>
        `callers ${conditionText(condition)} get ${variant === '' ? 'the default' : variant}`,
    ),
  );
  return [
    ...(from ?? [])
      .filter((rule) => to?.includes(rule) !== true)
      .map((rule) => `The rule is gone: ${rule}.`),
    ...(to ?? [])
      .filter((rule) => from?.includes(rule) !== true)
      .map((rule) => `A rule is new: ${rule}.`),
  ];
}

function restSentences(before: TargetingRest, after: TargetingRest): string[] {
  if (isDeepStrictEqual(before, after)) return [];
  const [from, to] = [percentsOf(before), percentsOf(after)];
  if (from === undefined || to === undefined) {
    return [`What all others get goes from ${restText(before)} to ${restText(after)}.`];
  }
  const sentences = [...new Set([...from.keys(), ...to.keys()])].flatMap((variant) => {
    const [was, is] = [from.get(variant) ?? 0, to.get(variant) ?? 0];
    return was === is ? [] : [`The share of ${variant} goes from ${was}% to ${is}%.`];
  });
  return sentences.length > 0
    ? sentences
    : ['What the share is computed from changes, so that callers may get another variant.'];
}

function percentsOf(rest: TargetingRest): Map<string, number> | undefined {
  if (rest.kind !== 'share') return undefined;
  return new Map(rest.percents.map(({ variant, percent }) => [variant, percent]));
}

function restText(rest: TargetingRest): string {
  if (rest.kind === 'default') return 'the default';
  if (rest.kind === 'variant') return rest.variant;
  const shown = rest.percents.filter(({ percent }) => percent > 0);
  return shown.map(({ variant, percent }) => `${percent}% ${variant}`).join(' and ');
}

const described = ['state', 'defaultVariant', 'variants', 'targeting', 'metadata'];

function otherSentences(before: FlagDefinition, after: FlagDefinition): string[] {
  const isDescribed = descriptionOf(before) !== descriptionOf(after);
  const isOther = !isDeepStrictEqual(before['metadata'], after['metadata']) && !isDescribed;
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const fields = [...names].filter(
    (name) => !described.includes(name) && !isDeepStrictEqual(before[name], after[name]),
  );
  return [
    ...(isDescribed ? ['The description changes.'] : []),
    ...[...(isOther ? ['metadata'] : []), ...fields].map((name) => `The field ${name} changes.`),
  ];
}

const longestValue = 60;

function valueText(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > longestValue ? `${text.slice(0, longestValue - 1)}…` : text;
}
