import { expect, test } from 'vitest';
import { ruleKeys } from '../../runtime/contract/rule-defaults.ts';
import { didYouMean, suggestName } from '../../runtime/contract/suggest-name.ts';

test.each([
  ['hostDiskPrecent', 'hostDiskPercent'],
  ['hostDsk', 'hostDiskPercent'],
  ['hostCpu', 'hostCpuPercent'],
  ['containerMemMb', 'containerMemoryMb'],
  ['costum', 'custom'],
])('the suggestion for %s is %s', (given, name) => {
  expect(suggestName(given, ruleKeys)).toBe(name);
});

test.each(['replicas', 'port', 'x', ''])(
  'no name is suggested for %j, which is near none',
  (given) => {
    expect(suggestName(given, ruleKeys)).toBeUndefined();
    expect(didYouMean(given, ruleKeys)).toBe('');
  },
);
