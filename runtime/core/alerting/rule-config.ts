import { z } from 'zod';
import { ruleNames, type RuleName } from '../../contract/rule-defaults.ts';
import { defaultRules, reservedRules, type DefaultRule } from './default-rules.ts';
import { httpUrl } from '../input/http-url.ts';
import { metricNames, thresholdProblem, type Metric } from './metric-catalog.ts';
import { actionSchema, defaultClearAt, has, raisesNoMemory, type Rule } from './rule.ts';

const forSeconds = z
  .number('must be a number of seconds')
  .min(0, 'must be 0 or more')
  .max(86_400, 'must be at most a day (86400)');
const anyActions = z.array(actionSchema, 'must be a list of actions');
const actions = anyActions.refine(...raisesNoMemory);
const ruleId = z
  .string('must be given')
  .regex(/^[a-z][a-z0-9-]{0,62}$/, 'must be 1 to 63 lower-case letters, digits or dashes');

/** The one rule that may raise memory, because its metric is relative to the limit. */
const memoryRule: RuleName = 'containerMemoryPercent';

/** Schema of the change to the default rule of `key`. */
function changeOf(key: RuleName) {
  const threshold = z
    .number('must be a number')
    .min(0, 'must be 0 or more')
    .superRefine(possible(defaultRules[key].metric));
  const whole = z.strictObject({
    threshold: threshold.optional(),
    forSeconds: forSeconds.optional(),
    actions: (key === memoryRule ? anyActions : actions).optional(),
    runbook: httpUrl.optional(),
  });
  const kinds = 'must be a number, false, or {"threshold", "forSeconds", "actions", "runbook"}';
  return z
    .union([threshold, z.literal(false), whole], {
      error: ({ code }) => (code === 'invalid_union' ? kinds : undefined),
    })
    .optional();
}

/** Refuses a threshold that the metric cannot reach. */
function possible(metric: Metric, path: readonly string[] = []) {
  return (threshold: number, context: z.RefinementCtx): void => {
    const message = thresholdProblem(metric, threshold);
    if (message !== undefined) context.addIssue({ code: 'custom', path: [...path], message });
  };
}

// The fields that a check over several fields needs. It runs even if other fields are invalid, so that people see all problems at once.
const withThreshold = z.object({ metric: z.enum(metricNames), threshold: z.number() });
const withIds = z.object({ custom: z.array(z.object({ id: z.string() })) });

const custom = z
  .strictObject({
    id: ruleId,
    metric: z.enum(metricNames, `must be one of ${metricNames.join(', ')}`),
    comparison: z.enum(['above', 'below'], 'must be above or below').default('above'),
    threshold: z.number('must be a number'),
    forSeconds: forSeconds.default(60),
    noData: z.enum(['ignore', 'breach'], 'must be ignore or breach').default('ignore'),
    actions: actions.default([{ kind: 'alert' }]),
    runbook: httpUrl.optional(),
  })
  .superRefine(
    ({ metric, threshold }, context) => possible(metric, ['threshold'])(threshold, context),
    { when: ({ value }) => withThreshold.safeParse(value).success },
  );

/** The key `rules` of the configuration: changes to default rules, and custom rules. */
export const ruleSettingsSchema = z
  .strictObject({
    hostDiskPercent: changeOf('hostDiskPercent'),
    hostMemoryPercent: changeOf('hostMemoryPercent'),
    hostCpuPercent: changeOf('hostCpuPercent'),
    containerMemoryMb: changeOf('containerMemoryMb'),
    containerMemoryPercent: changeOf('containerMemoryPercent'),
    containerCpuPercent: changeOf('containerCpuPercent'),
    containerRestarts: changeOf('containerRestarts'),
    containerOomKills: changeOf('containerOomKills'),
    trackP95Ms: changeOf('trackP95Ms'),
    trackFailurePercent: changeOf('trackFailurePercent'),
    custom: z.array(custom, 'must be a list of rules').default([]),
  })
  .superRefine(
    ({ custom }, context) => {
      const ids = [
        ...reservedRules,
        ...Object.values(defaultRules).map(({ id }) => id),
        ...custom.map(({ id }) => id),
      ];
      for (const id of ids.filter((id, index) => ids.indexOf(id) < index)) {
        const message = `must not hold two rules with id ${id}`;
        context.addIssue({ code: 'custom', path: ['custom'], message });
      }
    },
    { when: ({ value }) => withIds.safeParse(value).success },
  );

export type RuleSettings = z.output<typeof ruleSettingsSchema>;

/** Rules that the settings put in force. */
export function rulesOf(settings: RuleSettings): Rule[] {
  const defaults = ruleNames.flatMap((key) => defaultRule(defaultRules[key], settings[key]));
  const own = settings.custom.map(({ forSeconds, ...rest }): Rule => {
    const clearAt = defaultClearAt(rest.threshold, rest.comparison);
    return { ...rest, forMs: forSeconds * 1_000, clearAt };
  });
  return [...defaults, ...own];
}

/** Percent of its limit above which a container gets more memory; undefined: no container does. */
export function raiseAbovePercent(settings: RuleSettings): number | undefined {
  const [rule] = defaultRule(defaultRules[memoryRule], settings[memoryRule]);
  return rule !== undefined && has(rule.actions, 'raise-memory') ? rule.threshold : undefined;
}

function defaultRule(rule: DefaultRule, change: RuleSettings[RuleName]): Rule[] {
  if (change === false) return [];
  const given = typeof change === 'number' ? { threshold: change } : (change ?? {});
  const threshold = (given.threshold ?? rule.threshold) * (rule.scale ?? 1);
  return [
    {
      id: rule.id,
      metric: rule.metric,
      comparison: 'above',
      threshold,
      clearAt: defaultClearAt(threshold, 'above'),
      forMs: (given.forSeconds ?? rule.forSeconds) * 1_000,
      noData: 'ignore',
      actions: given.actions ?? rule.actions,
      ...(given.runbook !== undefined && { runbook: given.runbook }),
    },
  ];
}
