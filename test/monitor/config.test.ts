import { describe, expect, test } from 'vitest';
import { parseMonitorConfig } from '../../runtime/monitor/config.ts';

const read = (given: object) => parseMonitorConfig(JSON.stringify(given), 'test');
const problemsOf = (given: object): string => {
  try {
    read(given);
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

describe("the monitor's configuration", () => {
  test.each([
    'ops@example.com',
    'Perch <perch@example.com>',
    '"Ops, second line" <ops@example.com>',
    'Bereitschaft Köln <ops@example.com>',
    '<ops@example.com>',
  ])('the configuration accepts %s as a mailbox', (from) => {
    expect(read({ email: { from, to: [from] } }).email).toMatchObject({ from, to: [from] });
  });

  test.each([
    'ops',
    'ops@example.com>',
    'Ops <ops@example.com',
    'Ops, second line <ops@example.com>',
    'a@example.com, b@example.com',
    'Ops\r\nBcc: all@example.com <ops@example.com>',
    'ops@example.com\n',
  ])('the configuration refuses %j as a mailbox', (from) => {
    const to = ['ops@example.com'];
    expect(problemsOf({ email: { from, to } })).toContain('email.from must be one email address');
    expect(problemsOf({ email: { from: to[0], to: [from] } })).toContain('email.to.0 must be one');
  });

  test('the problem of a refused webhook URL does not show the URL', () => {
    const urls = ['ftp://example.com/s3cret', 'https://s3cret@example.com/', 's3cret'];
    const problems = urls.map((url) => problemsOf({ webhook: { url } }));
    expect(problems).toEqual([
      expect.stringContaining('webhook.url must be an http or https URL'),
      expect.stringContaining('webhook.url must not hold a user or password'),
      expect.stringContaining('webhook.url must be an http or https URL'),
    ]);
    const wrong = problemsOf({ webhook: 'https://example.com/s3cret' });
    expect([...problems, wrong].join()).not.toContain('s3cret');
  });

  test('the configuration refuses rates by which more failures would be safer', () => {
    const text = problemsOf({ judge: { goodRate: 0.06, restarts: 0 } });
    expect(text).toContain('judge.goodRate must be below badRate, got 0.06');
    expect(text).toContain('judge.restarts must be 1 or more');
    expect(problemsOf({ judge: { badRate: 0.002 } })).toContain('judge.goodRate must be below');
    expect(problemsOf({ judge: { goodRate: 0.04, badRate: 0.06 } })).toBe('');
  });

  test('the judge has a default for every number, and refuses numbers out of their bounds', () => {
    const { actions, ...numbers } = read({}).judge;
    expect(actions).toEqual([{ kind: 'eject-canary' }]);
    expect(numbers).toEqual({
      alpha: 0.05,
      goodRate: 0.002,
      badRate: 0.02,
      beta: 0.05,
      neverSlowMs: 50,
      errorTolerance: 1.2,
      latencyTolerance: 1.1,
      rejectionTolerance: 2,
      leastIncrease: 0.1,
      warmUpSeconds: 30,
      warmUpRequests: 20,
      safeRequests: 50,
      safeOddsRatio: 3,
      unjudgedAfterSeconds: 60,
      restarts: 3,
      unhealthySeconds: 5,
    });
    const wrong = problemsOf({
      judge: { errorTolerance: 0.9, leastIncrease: 101, warmUpRequests: 1.5, safeOddsRatio: 1 },
    });
    expect(wrong.split('; ')).toEqual([
      'test: judge.errorTolerance must be 1 or more, got 0.9',
      'judge.leastIncrease must be from 0 to 100, got 101',
      'judge.warmUpRequests must be a whole number, got 1.5',
      'judge.safeOddsRatio must be above 1, got 1',
    ]);
    // Proxies get these as options, which are whole numbers of at most an hour and a day.
    expect(problemsOf({ judge: { warmUpSeconds: 3_601, unjudgedAfterSeconds: 1.5 } })).toBe(
      'test: judge.warmUpSeconds must be from 0 to 3600, got 3601; judge.unjudgedAfterSeconds must be a whole number, got 1.5',
    );
    expect(problemsOf({ judge: { errorTolerence: 2 } })).toContain('did you mean errorTolerance?');
  });

  test('CloudWatch gets no metrics of containers unless the configuration chooses them', () => {
    const containersOf = (cloudwatch: object) => read({ cloudwatch }).cloudwatch?.containers;
    expect(containersOf({})).toEqual([]);
    expect(containersOf({ containers: false })).toEqual([]);
    expect(containersOf({ containers: ['container.oom-kills'] })).toEqual(['container.oom-kills']);
    expect(problemsOf({ cloudwatch: { containers: ['container.oom-kill'] } })).toBe(
      'test: cloudwatch.containers.0 must be one of container.cpu-percent, container.memory-bytes, container.memory-percent, container.restarts, container.oom-kills, got container.oom-kill',
    );
    expect(problemsOf({ cloudwatch: { containers: true } })).toBe(
      'test: cloudwatch.containers must be a list of metrics, or false, got true',
    );
  });

  test('the configuration refuses raise-memory for the judge, an alarm or a custom rule', () => {
    const text = problemsOf({
      judge: { actions: ['eject-canary', 'raise-memory'] },
      cloudwatch: { alarms: [{ name: 'orders-fail', actions: ['raise-memory'] }] },
      rules: { custom: [{ id: 'x', metric: 'alarm.state', threshold: 0 }] },
    });
    expect(text).toContain('judge.actions must not hold raise-memory');
    expect(text).toContain('cloudwatch.alarms.0.actions must not hold raise-memory');
    expect(text).toContain('rules.custom.0.metric must be one of host.cpu-percent');
  });
});
