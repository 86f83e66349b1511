import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../infra/config/stack-config.ts';
import { parseMonitorConfig } from '../../../runtime/monitor/config.ts';
import { configProblems, secretKeys, valid } from '../../support/pulumi/config-problems.ts';
import { rawConfig } from '../../support/pulumi/stack-config.ts';

const parse = (values: Record<string, unknown>) =>
  parseConfig(rawConfig({ ...valid.aws, ...values }), secretKeys);

/** The monitor's own configuration of the same values. */
function inMonitor(values: Record<string, unknown>): Record<string, unknown> {
  const { cloudwatchAlarms: alarms, cloudwatchContainers: containers, ...rest } = values;
  const cloudwatch = { ...(alarms !== undefined && { alarms }), containers };
  return alarms === undefined && containers === undefined ? rest : { ...rest, cloudwatch };
}

/** The monitor's problems, with the names and quotes of the stack's. */
function monitorProblems(values: Record<string, unknown>): string[] {
  try {
    parseMonitorConfig(JSON.stringify(inMonitor(values)), 'monitor');
    return [];
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return text
      .replace('monitor: ', '')
      .split(/; (?!only )/)
      .map((line) =>
        line.replace(/^cloudwatch\.(\w)/, (_, a: string) => `cloudwatch${a.toUpperCase()}`),
      )
      .map((line) => `perch:${line}`);
  }
}

const unquoted = (problems: readonly string[]) =>
  problems.map((line) => line.replaceAll('"', '')).toSorted();

const wrong: Record<string, unknown>[] = [
  { judge: { alpha: 0 } },
  { judge: { alpha: '0.1' } },
  { judge: { goodRate: 0.06 } },
  { judge: { badRate: 0.001, beta: 2 } },
  { judge: { errorTolerance: 0.99, latencyTolerance: 0, rejectionTolerance: -1 } },
  { judge: { leastIncrease: 101 } },
  { judge: { warmUpSeconds: -1, warmUpRequests: 1.5, safeRequests: 0 } },
  { judge: { safeOddsRatio: 1, unjudgedAfterSeconds: 0 } },
  { judge: { restarts: 0, unhealthySeconds: -1, neverSlowMs: null } },
  { judge: { actions: ['alert'] } },
  { judge: { actions: ['eject-canary', 'raise-memory'] } },
  { judge: { actions: ['eject-canary', 'kill-flag:', 'reboot'] } },
  { judge: { actions: 'eject-canary' } },
  { memory: { reserveMiB: -1, pauseSeconds: 'long' } },
  { disks: ['data', ''] },
  { disks: [3] },
  { link: 'wiki' },
  { link: 'ftp://perch.internal' },
  { cloudwatchAlarms: [{ actions: ['raise-memory'] }] },
  { cloudwatchAlarms: [{ name: '', insufficientDataBreaches: 'no', actions: ['x'] }] },
  { cloudwatchContainers: ['container.cpu', 'host.cpu-percent'] },
];

describe("A stack's settings of monitors", () => {
  test.each(wrong)('the stack refuses %j with the problems that a monitor has', (values) => {
    const problems = monitorProblems(values);
    expect(problems).not.toEqual([]);
    expect(unquoted(configProblems({ ...valid.aws, ...values }))).toEqual(unquoted(problems));
  });

  test('the stack refuses unknown keys with a suggestion, and all problems at once', () => {
    const values = {
      judge: { errorTolerence: 2, alpha: 7 },
      memory: { reserve: 1 },
      cloudwatchAlarms: [{ name: 'orders-fail', action: [] }],
      reAlertMinutes: 0,
    };
    expect(configProblems({ ...valid.aws, ...values }).toSorted()).toEqual([
      'perch:cloudwatchAlarms.0.action is not known; did you mean actions?',
      'perch:judge.alpha must be above 0 and below 1, got 7',
      'perch:judge.errorTolerence is not known; did you mean errorTolerance?',
      'perch:memory.reserve is not known; did you mean reserveMiB?',
      'perch:reAlertMinutes must be above 0, got "0"',
    ]);
    const judge = configProblems({ ...valid.aws, judge: 'strict' });
    expect(judge).toEqual(['perch:judge must be a map, got "strict"']);
    const list = configProblems({ ...valid.aws, judge: [] });
    expect(list).toEqual(['perch:judge must be a map, got []']);
  });

  test('a key of a server that is not known is refused with a suggestion', () => {
    const [server] = valid.server.servers;
    const servers = [{ ...server, hostKy: 'ssh-ed25519 AAAA' }];
    expect(configProblems({ ...valid.server, servers })).toEqual([
      'perch:servers.0.hostKy is not known; did you mean hostKey?',
    ]);
  });

  test.each(['soon', '', ' ', '-1', 'Infinity'])(
    'the stack refuses %j as the minutes between alerts',
    (reAlertMinutes) => {
      expect(configProblems({ ...valid.docker, reAlertMinutes })).toEqual([
        expect.stringMatching(/^perch:reAlertMinutes must be (a number|above 0), got "/),
      ]);
    },
  );

  test('valid settings are kept as they are', () => {
    const values = {
      judge: { alpha: 0.01, warmUpRequests: 0, actions: ['eject-canary', 'kill-flag:new'] },
      memory: { reserveMiB: 512 },
      disks: ['/', '/data'],
      cloudwatchAlarms: [{ name: 'orders-fail', actions: ['eject-canary'] }],
      cloudwatchContainers: ['container.oom-kills'],
      link: 'https://wiki.perch.internal/perch',
    };
    expect(parse({ ...values, reAlertMinutes: 2.5 })).toMatchObject({
      ...values,
      reAlertMinutes: 2.5,
    });
    expect(monitorProblems(values)).toEqual([]);
    expect(parse({})).toMatchObject({ judge: {}, memory: {}, disks: ['/'], reAlertMinutes: 15 });
  });

  test('metrics and alarms of CloudWatch are refused where monitors do not use it', () => {
    const cloudwatchAlarms = [{ name: 'orders-fail' }];
    const cloudwatchContainers = ['container.oom-kills'];
    const problems = configProblems({ ...valid.docker, cloudwatchAlarms, cloudwatchContainers });
    expect(problems).toEqual([
      'perch:cloudwatchAlarms must be empty on target docker: monitors use CloudWatch on target aws only',
      'perch:cloudwatchContainers must be empty on target docker: monitors use CloudWatch on target aws only',
    ]);
  });

  test('flags to kill stand in one place', () => {
    const judge = { actions: ['eject-canary', 'kill-flag:a'] };
    expect(configProblems({ ...valid.docker, judge, killFlags: ['b'] })).toEqual([
      'perch:killFlags must be empty when judge.actions is set: add kill-flag:KEY there',
    ]);
  });
});
