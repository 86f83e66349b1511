import { describe, expect, it } from 'vitest';
import { ruleKeys } from '../../runtime/contract/rule-defaults.ts';
import { didYouMean, suggestName } from '../../runtime/contract/suggest-name.ts';

describe('a suggestion', () => {
  it.each([
    ['hostDiskPrecent', 'hostDiskPercent'],
    ['hostDsk', 'hostDiskPercent'],
    ['hostCpu', 'hostCpuPercent'],
    ['containerMemMb', 'containerMemoryMb'],
    ['costum', 'custom'],
  ])('for %s is %s', (given, name) => {
    expect(suggestName(given, ruleKeys)).toBe(name);
  });

  it.each(['replicas', 'port', 'x', ''])(
    'is not made for %j, to which no name is near',
    (given) => {
      expect(suggestName(given, ruleKeys)).toBeUndefined();
      expect(didYouMean(given, ruleKeys)).toBe('');
    },
  );
});
