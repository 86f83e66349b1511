/**
 * Thresholds of the monitor's default rules and of the CloudWatch alarms, by the key that changes
 * each in the monitor's and the stack's configuration. The key names the unit: percent, milliseconds
 * or a count; `containerMemoryMb` is in units of 1,000,000 bytes.
 */
export const ruleDefaults = {
  hostDiskPercent: { threshold: 70, forSeconds: 60 },
  hostMemoryPercent: { threshold: 50, forSeconds: 60 },
  hostCpuPercent: { threshold: 60, forSeconds: 120 },
  containerMemoryMb: { threshold: 500, forSeconds: 10 },
  containerMemoryPercent: { threshold: 50, forSeconds: 0 },
  containerCpuPercent: { threshold: 50, forSeconds: 120 },
  containerRestarts: { threshold: 2, forSeconds: 0 },
  containerOomKills: { threshold: 0, forSeconds: 0 },
  trackP95Ms: { threshold: 1_000, forSeconds: 30 },
  trackFailurePercent: { threshold: 5, forSeconds: 10 },
} as const satisfies Readonly<
  Record<string, { readonly threshold: number; readonly forSeconds: number }>
>;

export type RuleName = keyof typeof ruleDefaults;

/** Keys of the default rules in the configuration. */
export const ruleNames = Object.keys(ruleDefaults).filter(isRuleName);

/** Key of a service's own rules. */
const ownRules = 'custom';

/** All keys of rules that a configuration may contain. */
export const ruleKeys: readonly string[] = [...ruleNames, ownRules];

function isRuleName(key: string): key is RuleName {
  return key in ruleDefaults;
}
