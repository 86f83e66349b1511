/** The monitor's built-in rules, by the key that changes each in its configuration and the stack's. */
export const ruleNames = [
  'hostDiskPercent',
  'hostMemoryPercent',
  'hostCpuPercent',
  'containerMemoryMb',
  'containerMemoryPercent',
  'containerCpuPercent',
  'containerRestarts',
  'containerOomKills',
  'trackP95Ms',
  'trackFailurePercent',
] as const;

export type RuleName = (typeof ruleNames)[number];

/** The key of rules that are a service's own. */
export const ownRules = 'custom';
