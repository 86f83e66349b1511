import { expect, test } from 'vitest';
import { redacted, secretValues } from '../../../scripts/ci/redact.ts';
import { bounded, pulumiReport } from '../../../scripts/ci/report.ts';

const summary = 'Resources:\n    + 2 to create\n    40 unchanged\n';
const reportOf = (output: string) =>
  pulumiReport({ title: 'Preview', text: 'What it does.', output, jobUrl: 'https://ci/17' });

test('a report says what Pulumi counts, and links the job', () => {
  const report = reportOf(`+ resource\n${summary}`);
  expect(report).toContain('<summary>+ 2 to create, 40 unchanged</summary>');
  expect(report).toContain('```text\n+ resource\n');
  expect(report).toContain('[The job](https://ci/17)');
});

test('a report of any output is below the limit of GitHub, and keeps its beginning and its end', () => {
  for (const line of ['x'.repeat(200), '💥'.repeat(900), '`'.repeat(5_000)]) {
    const report = reportOf(`first\n${`${line}\n`.repeat(900)}${summary}`);
    expect(Buffer.byteLength(report)).toBeLessThan(62_000);
    expect(report).toContain('```text\nfirst\n');
    expect(report).toContain('+ 2 to create');
    expect(report).toMatch(/… \d+ lines are left out …/);
  }
  expect(bounded('a\nb', 3)).toBe('a\nb');
});

test('an output cannot end the block in which it stands', () => {
  expect(reportOf('```\n# forged\n````')).toContain('`````text\n```\n# forged\n````\n`````\n');
});

test('a report has no colours', () => {
  expect(reportOf('\u001B[31merror\u001B[0m\r\n\0')).toContain('```text\nerror\n```');
});

test('values of secret variables are replaced, also in URLs and line by line', () => {
  const environment = {
    PULUMI_CONFIG_PASSPHRASE: 'correct horse',
    DEPLOY_KEY: 'first line of it\nsecond line of it\nend',
    DATABASE_URL: 'postgres://shop:password@db',
    FF_TOKEN_CHECK: 'true',
    HOME: '/home/runner',
  };
  const secrets = secretValues(
    environment,
    'secretEnvironment: { DATABASE_URL: env:DATABASE_URL }',
  );
  const text = [
    'correct horse and correct%20horse',
    'second line of it',
    'postgres://shop:password@db',
    'true in /home/runner at the end',
  ].join('\n');
  expect(redacted(text, secrets)).toBe(
    '[secret] and [secret]\n[secret]\n[secret]\ntrue in /home/runner at the end',
  );
});
