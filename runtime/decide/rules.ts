import { z } from 'zod';
import { metricNames, type Metric } from './metrics.ts';
import { actionSchema, defaultClearAt, type Action, type Rule } from './rule.ts';

interface BuiltIn {
  readonly id: string;
  readonly metric: Metric;
  /** In the unit that the key names. */
  readonly threshold: number;
  readonly forSeconds: number;
  readonly actions: readonly Action[];
  /** Units of the metric in one unit of the key. Default 1. */
  readonly scale?: number;
}

const alert = { kind: 'alert' } as const;
const ejectCanary = { kind: 'eject-canary' } as const;
const raiseMemory = { kind: 'raise-memory' } as const;

/** The rules that hold unless told otherwise, by the key that changes each. */
const builtInRules = {
  hostDiskPercent: rule('host-disk', 'host.disk-percent', 70, 60, [alert]),
  hostMemoryPercent: rule('host-memory', 'host.memory-percent', 50, 60, [alert]),
  hostCpuPercent: rule('host-cpu', 'host.cpu-percent', 60, 120, [alert]),
  containerMemoryMb: {
    ...rule('container-memory', 'container.memory-bytes', 500, 10, [alert, ejectCanary]),
    scale: 1e6,
  },
  containerMemoryPercent: rule('container-memory-limit', 'container.memory-percent', 50, 0, [
    raiseMemory,
  ]),
  containerCpuPercent: rule('container-cpu', 'container.cpu-percent', 50, 120, [alert]),
  containerRestarts: rule('container-restarts', 'container.restarts', 2, 0, [alert]),
  containerOomKills: rule('container-oom-kills', 'container.oom-kills', 0, 0, [alert]),
  trackP95Ms: rule('track-latency', 'track.p95-ms', 1_000, 30, [alert]),
  trackFailurePercent: rule('track-failures', 'track.failure-percent', 5, 10, [alert]),
} as const satisfies Record<string, BuiltIn>;

/** Incidents that come from no threshold. */
export const reservedRules = [
  'canary-ejected',
  'rollout-paused',
  'release-lost',
  'host-silent',
  'source-failed',
  'channel-failed',
] as const;

type Key = keyof typeof builtInRules;
const keys = Object.keys(builtInRules).filter((key): key is Key => key in builtInRules);

const number = z.number('must be a number').min(0, 'must be 0 or more');
const forSeconds = z
  .number('must be a number of seconds')
  .min(0, 'must be 0 or more')
  .max(86_400, 'must be a day (86400) at most');
const actions = z.array(actionSchema, 'must be a list of actions');
const ruleId = z
  .string('must be given')
  .regex(/^[a-z][a-z0-9-]{0,62}$/, 'must be 1 to 63 lower-case letters, digits or dashes');

const shared = {
  threshold: number.optional(),
  forSeconds: forSeconds.optional(),
  actions: actions.optional(),
};
const change = z.union([number, z.literal(false), z.strictObject(shared)], {
  error: (issue) =>
    issue.code === 'invalid_union'
      ? 'must be a number, false, or {"threshold", "forSeconds", "actions"}'
      : undefined,
});
const custom = z.strictObject({
  id: ruleId,
  metric: z.enum(metricNames, `must be one of ${metricNames.join(', ')}`),
  comparison: z.enum(['above', 'below'], 'must be above or below').default('above'),
  threshold: z.number('must be a number'),
  forSeconds: forSeconds.default(60),
  noData: z.enum(['ignore', 'breach'], 'must be ignore or breach').default('ignore'),
  actions: actions.default([alert]),
});

/** What a person says of the rules: a key for each built-in one, and rules of their own. */
export const ruleSettingsSchema = z
  .strictObject({
    hostDiskPercent: change.optional(),
    hostMemoryPercent: change.optional(),
    hostCpuPercent: change.optional(),
    containerMemoryMb: change.optional(),
    containerMemoryPercent: change.optional(),
    containerCpuPercent: change.optional(),
    containerRestarts: change.optional(),
    containerOomKills: change.optional(),
    trackP95Ms: change.optional(),
    trackFailurePercent: change.optional(),
    custom: z.array(custom, 'must be a list of rules').default([]),
  })
  .superRefine(({ custom }, context) => {
    const ids = [
      ...reservedRules,
      ...Object.values(builtInRules).map(({ id }) => id),
      ...custom.map(({ id }) => id),
    ];
    for (const id of ids.filter((id, index) => ids.indexOf(id) < index)) {
      const message = `must not hold two rules with id ${id}`;
      context.addIssue({ code: 'custom', path: ['custom'], message });
    }
  });

export type RuleSettings = z.output<typeof ruleSettingsSchema>;

/** The rules that are in force. */
export function rulesOf(settings: RuleSettings): Rule[] {
  const builtIn = keys.flatMap((key) => builtInRule(builtInRules[key], settings[key]));
  const own = settings.custom.map(({ forSeconds, ...rest }): Rule => {
    const clearAt = defaultClearAt(rest.threshold, rest.comparison);
    return { ...rest, forMs: forSeconds * 1_000, clearAt };
  });
  return [...builtIn, ...own];
}

function builtInRule(rule: BuiltIn, change: RuleSettings[Key]): Rule[] {
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
    },
  ];
}

function rule(
  id: string,
  metric: Metric,
  threshold: number,
  forSeconds: number,
  actions: readonly Action[],
): BuiltIn {
  return { id, metric, threshold, forSeconds, actions };
}
