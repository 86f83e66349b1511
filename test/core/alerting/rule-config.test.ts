import { describe, expect, test } from 'vitest';
import { inputProblemsText, parseInput } from '../../../runtime/core/input/input.ts';
import {
  raiseAbovePercent,
  ruleSettingsSchema,
  rulesOf,
} from '../../../runtime/core/alerting/rule-config.ts';

const settings = (given: object) => ruleSettingsSchema.parse(given);
const find = (given: object, id: string) => rulesOf(settings(given)).find((rule) => rule.id === id);
const problemsOf = (given: object) => {
  const parsed = parseInput(ruleSettingsSchema, { ...given });
  return parsed.ok ? '' : inputProblemsText(parsed.problems);
};

describe('rules', () => {
  test.each([
    ['host-disk', 'host.disk-percent', 70],
    ['host-memory', 'host.memory-percent', 50],
    ['host-cpu', 'host.cpu-percent', 60],
    ['container-memory', 'container.memory-bytes', 500_000_000],
    ['container-memory-limit', 'container.memory-percent', 50],
    ['container-cpu', 'container.cpu-percent', 50],
    ['track-failures', 'track.failure-percent', 5],
  ])('the default rule %s is in force without configuration', (id, metric, threshold) => {
    expect(find({}, id)).toMatchObject({ metric, threshold, comparison: 'above' });
  });

  test('the default rules only alert or raise memory', () => {
    const kinds = rulesOf(settings({})).flatMap(({ actions }) => actions.map(({ kind }) => kind));
    expect(new Set(kinds)).toEqual(new Set(['alert', 'raise-memory']));
  });

  test('a number changes the threshold of one rule and nothing else', () => {
    expect(find({ hostDiskPercent: 90 }, 'host-disk')).toEqual({
      ...find({}, 'host-disk'),
      threshold: 90,
      clearAt: 85.5,
    });
    expect(find({ hostDiskPercent: 90 }, 'host-cpu')).toEqual(find({}, 'host-cpu'));
  });

  test('a rule can be changed as a whole or switched off', () => {
    const actions = ['alert', 'eject-canary', 'kill-flag:new_feature'];
    const changed = { containerMemoryMb: { threshold: 250, forSeconds: 2, actions } };
    expect(find(changed, 'container-memory')).toMatchObject({
      threshold: 250_000_000,
      forMs: 2_000,
      actions: [
        { kind: 'alert' },
        { kind: 'eject-canary' },
        { kind: 'kill-flag', flag: 'new_feature' },
      ],
    });
    expect(find({ hostCpuPercent: false }, 'host-cpu')).toBeUndefined();
  });

  test('a custom rule can be added', () => {
    const own = { id: 'low-cpu', metric: 'host.cpu-percent', comparison: 'below', threshold: 10 };
    expect(find({ custom: [own] }, 'low-cpu')).toEqual({
      ...own,
      clearAt: 10.5,
      forMs: 60_000,
      noData: 'ignore',
      actions: [{ kind: 'alert' }],
    });
  });

  test('a default rule and a custom rule may name a runbook', () => {
    const runbook = 'https://wiki.example.com/disk';
    const own = { id: 'low-cpu', metric: 'host.cpu-percent', threshold: 10, runbook };
    const given = { hostDiskPercent: { runbook }, custom: [own] };
    expect(find(given, 'host-disk')).toMatchObject({ threshold: 70, runbook });
    expect(find(given, 'low-cpu')).toMatchObject({ runbook });
    expect(find({}, 'host-disk')).not.toHaveProperty('runbook');
  });

  test('a runbook that is no URL of the web is refused, with the other problems', () => {
    const own = { id: 'x', metric: 'host.cpu-percent', threshold: 10, runbook: 7 };
    const given = {
      hostDiskPercent: { runbook: 'ftp://wiki/disk', forSeconds: -1 },
      custom: [own],
    };
    expect(problemsOf(given)).toBe(
      'hostDiskPercent.forSeconds must be 0 or more, got -1; ' +
        'hostDiskPercent.runbook must be an http or https URL, got ftp://wiki/disk; ' +
        'custom.0.runbook must be an http or https URL, got 7',
    );
  });

  test('bad rules are refused as a whole, with every problem', () => {
    const text = problemsOf({
      hostDskPercent: 80,
      hostCpuPercent: 'much',
      custom: [{ id: 'x', metric: 'host.luck', threshold: 1, actions: ['explode'] }],
    });
    expect(text).toContain('hostDskPercent is not known; did you mean hostDiskPercent?');
    expect(text).toContain('hostCpuPercent must be a number, false, or');
    expect(text).toContain('got much');
    expect(text).toContain('custom.0.metric must be one of host.cpu-percent,');
    expect(text).toContain('custom.0.actions.0 must be alert, eject-canary, raise-memory or');
    expect(text).toContain('got explode');
  });

  test('an unknown name in the rules comes with the nearest known one, at any depth', () => {
    const text = problemsOf({
      hostCpu: 50,
      hostDiskPercent: { treshold: 80, forSeconds: 'long' },
      custom: [
        { id: 'x', metric: 'host.cpu-percent', threshold: 1, action: ['alert'], nodata: 'ignore' },
      ],
      zzz: 1,
    });
    expect(text.replaceAll('; did', ', did').split('; ').sort()).toEqual([
      'custom.0.action is not known, did you mean actions?',
      'custom.0.nodata is not known, did you mean noData?',
      'hostCpu is not known, did you mean hostCpuPercent?',
      'hostDiskPercent.forSeconds must be a number of seconds, got long',
      'hostDiskPercent.treshold is not known, did you mean threshold?',
      'zzz is not known',
    ]);
  });

  test.each([
    ['hostDiskPercent', { hostDiskPercent: 170 }],
    ['hostMemoryPercent.threshold', { hostMemoryPercent: { threshold: 170 } }],
    ['trackFailurePercent', { trackFailurePercent: 170 }],
    ['custom.0.threshold', { custom: [{ id: 'x', metric: 'host.cpu-percent', threshold: 170 }] }],
  ])('a percentage above 100 in %s is refused', (field, given) => {
    expect(problemsOf(given)).toBe(`${field} must be at most 100, got 170`);
  });

  test('a container may have a threshold above 100% of one core', () => {
    expect(find({ containerCpuPercent: 170 }, 'container-cpu')).toMatchObject({ threshold: 170 });
  });

  test('all problems of the rules are reported at once, those between fields too', () => {
    const first = { id: 'x', metric: 'host.cpu-percent', threshold: 170, forSeconds: -1 };
    const second = { id: 'x', metric: 'host.luck', threshold: 170 };
    const text = problemsOf({ custom: [first, second] });
    expect(text).toContain('custom.0.threshold must be at most 100');
    expect(text).toContain('custom.0.forSeconds must be 0 or more');
    expect(text).toContain('custom.1.metric must be one of');
    expect(text).toContain('two rules with id x');
  });

  test.each([
    ['containerMemoryMb.actions', { containerMemoryMb: { actions: ['raise-memory'] } }],
    ['hostMemoryPercent.actions', { hostMemoryPercent: { actions: ['alert', 'raise-memory'] } }],
    [
      'custom.0.actions',
      {
        custom: [{ id: 'x', metric: 'host.cpu-percent', threshold: 1, actions: ['raise-memory'] }],
      },
    ],
  ])('raise-memory is refused in %s, where it would do nothing', (field, given) => {
    const rule = 'must not hold raise-memory; only containerMemoryPercent can';
    expect(problemsOf(given)).toContain(`${field} ${rule}`);
  });

  test('memory is raised above the percentage of containerMemoryPercent', () => {
    const above = (given: object) => raiseAbovePercent(settings(given));
    expect(above({})).toBe(50);
    expect(above({ containerMemoryPercent: 80 })).toBe(80);
    expect(above({ containerMemoryPercent: { actions: ['alert'] } })).toBeUndefined();
    expect(above({ containerMemoryPercent: false })).toBeUndefined();
  });

  test('two rules cannot have the same id', () => {
    const own = { id: 'host-disk', metric: 'host.disk-percent', threshold: 99 };
    expect(problemsOf({ custom: [own] })).toContain('two rules with id host-disk');
  });
});
