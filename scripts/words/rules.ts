/**
 * Words that Perch does not use, with the words that it uses instead. Exceptions are names that
 * deployed versions, dashboards or other programs read, each with the files where it may stand.
 */
import { ejectionRules } from './rules/ejection.ts';
import { englishRules } from './rules/english.ts';
import { infrastructureRules } from './rules/infrastructure.ts';
import { judgingRules } from './rules/judging.ts';
import { notificationRules } from './rules/notification.ts';
import { proxyRules } from './rules/proxy.ts';
import type { WordRule } from './word-rule.ts';

export const wordRules: readonly WordRule[] = [
  ...ejectionRules,
  ...notificationRules,
  ...judgingRules,
  ...proxyRules,
  ...infrastructureRules,
  ...englishRules,
];
