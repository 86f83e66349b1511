import type { FlagDefinition } from './flag-definition.ts';
import { conditionText } from './targeting-condition.ts';
import { targetingFormOf, type TargetingForm, type TargetingShare } from './targeting-form.ts';

/**
 * Says who gets which variant, in sentences: as much as the definition alone says. How many callers
 * there are, and which, nobody counts.
 */
export function flagAudience(definition: FlagDefinition): string[] {
  if (definition.state === 'DISABLED') return ['Every caller gets the default of its own code.'];
  const form = targetingFormOf(definition.targeting);
  if (form === undefined) {
    return [
      `The targeting, which only the JSON shows, decides what a caller gets; else it gets ${defaultText(definition)}.`,
    ];
  }
  return [
    ...ruleSentences(definition, form),
    ...restSentences(definition, form),
    ...strayNames(definition, form),
  ];
}

function ruleSentences(definition: FlagDefinition, { rules }: TargetingForm): string[] {
  return rules.map(({ variant, ...condition }, index) => {
    const who = index === 0 ? 'Callers' : 'Of the others, those';
    return `${who} ${conditionText(condition)} get ${variantText(definition, variant)}.`;
  });
}

function restSentences(definition: FlagDefinition, { rules, rest }: TargetingForm): string[] {
  const who = rules.length === 0 ? 'Every caller gets' : 'All others get';
  if (rest.kind !== 'share') {
    const variant = rest.kind === 'variant' ? rest.variant : '';
    return [`${who} ${variantText(definition, variant)}.`];
  }
  const key = keyOf(rest);
  const shares = rest.percents
    .filter(({ percent }) => percent > 0)
    .map(({ variant, percent }, index) =>
      index === 0 ? `${percent}% of ${key.plural} get ${variant}` : `${percent}% ${variant}`,
    );
  const among = rules.length === 0 ? 'About' : 'Of all others, about';
  return [
    `${among} ${shares.join(', about ')}. The same ${key.singular} always gets the same variant.`,
    `A caller without ${key.article} gets ${defaultText(definition)}.`,
  ];
}

function strayNames({ variants }: FlagDefinition, { rules, rest }: TargetingForm): string[] {
  const named = [
    ...rules.map(({ variant }) => variant),
    ...(rest.kind === 'variant' ? [rest.variant] : []),
    ...(rest.kind === 'share' ? rest.percents.map(({ variant }) => variant) : []),
  ].filter((variant) => variant !== '' && !Object.hasOwn(variants, variant));
  return [...new Set(named)].map(
    (variant) =>
      `There is no variant ${variant}: callers for whom the targeting names it get an error and the default of their own code.`,
  );
}

function variantText(definition: FlagDefinition, variant: string): string {
  return variant === '' ? defaultText(definition) : variant;
}

function defaultText({ defaultVariant }: FlagDefinition): string {
  return defaultVariant ?? 'the default of its own code';
}

/** Names of what the share is computed from. */
function keyOf({ by }: TargetingShare) {
  const attribute = by === null ? 'targetingKey' : 'cat' in by ? by.cat[1].var : by.var;
  if (attribute === 'targetingKey') {
    return { singular: 'targeting key', plural: 'targeting keys', article: 'a targeting key' };
  }
  return { singular: attribute, plural: `values of ${attribute}`, article: attribute };
}
