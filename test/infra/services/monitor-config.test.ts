import { expect, test } from 'vitest';
import { monitorConfig } from '../../../infra/services/monitor-config.ts';
import { monitorConfigOptions } from '../../../infra/stacks/service-args.ts';
import { parseMonitorConfig } from '../../../runtime/monitor/config.ts';
import { configFor } from '../../support/pulumi/stack-configs.ts';

const read = (values: Record<string, unknown>) =>
  parseMonitorConfig(
    JSON.stringify(monitorConfig(monitorConfigOptions(configFor('docker', values)))),
    'the stack',
  );

test('monitors accept the configuration that a stack gives them', () => {
  const { email, rules, judge } = read({
    region: 'eu-central-1',
    alertFrom: 'perch@example.com',
    alertTo: ['team@example.com'],
    thresholds: { hostDiskPercent: 80 },
  });
  expect(email).toMatchObject({ from: 'perch@example.com', to: ['team@example.com'] });
  expect(rules).toMatchObject({ hostDiskPercent: 80 });
  expect(judge.actions).toEqual([{ kind: 'eject-canary' }]);
});

test('flags to kill are switched off together with a harmful canary', () => {
  expect(read({ killFlags: ['new_feature'] }).judge.actions).toEqual([
    { kind: 'eject-canary' },
    { kind: 'kill-flag', flag: 'new_feature' },
  ]);
});
