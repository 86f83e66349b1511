import { expect, test } from 'vitest';
import { monitorConfig } from '../../../infra/services/monitor-config.ts';
import { monitorConfigOptions } from '../../../infra/stacks/service-args.ts';
import { parseMonitorConfig } from '../../../runtime/monitor/config.ts';
import { configFor } from '../../support/pulumi/stack-configs.ts';

const read = (values: Record<string, unknown>, target: 'docker' | 'aws' = 'docker') =>
  parseMonitorConfig(
    JSON.stringify(monitorConfig(monitorConfigOptions(configFor(target, values)))),
    'the stack',
  );

test('monitors accept the configuration that a stack gives them', () => {
  const { email, rules, judge } = read({
    region: 'eu-central-1',
    alertFrom: 'perch@perch.internal',
    alertTo: ['team@perch.internal'],
    thresholds: { hostDiskPercent: 80 },
  });
  expect(email).toMatchObject({ from: 'perch@perch.internal', to: ['team@perch.internal'] });
  expect(rules).toMatchObject({ hostDiskPercent: 80 });
  expect(judge.actions).toEqual([{ kind: 'eject-canary' }]);
});

test('flags to kill are switched off together with a harmful canary', () => {
  expect(read({ killFlags: ['new_feature'] }).judge.actions).toEqual([
    { kind: 'eject-canary' },
    { kind: 'kill-flag', flag: 'new_feature' },
  ]);
});

test('monitors get every setting that the stack has of them', () => {
  const values = {
    link: 'https://wiki.perch.internal/perch',
    reAlertMinutes: 30,
    judge: { alpha: 0.01, safeRequests: 200, actions: ['eject-canary', 'kill-flag:new'] },
    memory: { reserveMiB: 512, pauseSeconds: 5 },
    disks: ['/', '/data'],
    cloudwatchAlarms: [{ name: 'orders-fail', actions: ['eject-canary'] }],
    cloudwatchContainers: ['container.oom-kills'],
  };
  const config = read(values, 'aws');
  expect(config).toMatchObject({
    link: values.link,
    reAlertMinutes: 30,
    judge: { alpha: 0.01, safeRequests: 200, badRate: 0.02 },
    memory: values.memory,
    disks: ['/host', '/host/data'],
    cloudwatch: { containers: ['container.oom-kills'], alarms: [{ name: 'orders-fail' }] },
  });
  expect(config.judge.actions).toEqual([
    { kind: 'eject-canary' },
    { kind: 'kill-flag', flag: 'new' },
  ]);
});

test('a monitor of an older image gets no key that it does not know, unless the stack sets it', () => {
  const given = monitorConfig(monitorConfigOptions(configFor('aws')));
  expect(Object.keys(given).toSorted()).toEqual([
    'cloudwatch',
    'disks',
    'docker',
    'email',
    'procRoot',
    'reAlertMinutes',
    'rules',
  ]);
  expect(given['cloudwatch']).toEqual({ namespace: 'Perch', region: 'eu-central-1' });
});
