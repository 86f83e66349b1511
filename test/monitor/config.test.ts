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
