import { expect, test } from 'vitest';
import { firstLine, pulumiFailure } from '../../../infra/deploy/failure.ts';

test.each([
  [
    'code: 255\n stdout: Updating (prod)\nerror: update failed\n\n' +
      'Diagnostics:\n  docker:index:Container (stable-0):\n' +
      '    error: 1 error occurred:\n    \t* container failed to be in healthy state after 8 seconds\n\n' +
      '  pulumi:pulumi:Stack (perch-prod):\n    error: update failed\n',
    '1 error occurred: * container failed to be in healthy state after 8 seconds',
  ],
  [
    'code: 255\n stdout: \n stderr: error: failed to decrypt: incorrect passphrase',
    'failed to decrypt: incorrect passphrase',
  ],
  [
    'Diagnostics:\n  docker:index:Container (canary-0):\n' +
      '    error:   sdk-v2/provider2.go:571: sdk.helper_schema: container failed to be in healthy state: provider=docker@5.2.0\n',
    'container failed to be in healthy state',
  ],
  [
    'Diagnostics:\n  command:local:Command (canary-0):\n' +
      '    error: exit status 1: running "monitor=$(docker ps)\\nexec docker exec \\"$monitor\\" perch":\n' +
      '    perch: connect: Redis did not answer in time\n\n  pulumi:pulumi:Stack (perch-prod):\n',
    'perch: connect: Redis did not answer in time',
  ],
  [
    'Diagnostics:\n  command:local:Command (canary-0):\n' +
      '    error: exit status 1: running "exec docker exec \\"$monitor\\" perch member activate --json":\n' +
      '    {"error":{"code":"not_found","message":"member canary-0 is not registered","problems":[]}}\n\n',
    'perch: member canary-0 is not registered',
  ],
  [
    'Diagnostics:\n  command:remote:Command (app-prod-0-pull):\n' +
      '    error: Process exited with status 1: running "set -eu\\nimage=\'shop\'\\nexit 1\\n":\n' +
      '    image shop is no longer in the registry\n\n  pulumi:pulumi:Stack (perch-prod):\n',
    'image shop is no longer in the registry',
  ],
  ['spawn pulumi ENOENT', 'spawn pulumi ENOENT'],
])("a failed update is reported by the first error in Pulumi's output", (output, expected) => {
  expect(pulumiFailure(new Error(output))).toBe(expected);
});

test('a failure is at most 300 characters long, so that it fits the subject of an email', () => {
  expect(firstLine('x'.repeat(1_000))).toHaveLength(300);
});

test('a container that did not become healthy is summed up by one sentence, here and over ssh', () => {
  const summary = 'container stable-0-1 exited 3 times, with code 17';
  const rest = `${summary}\n\nits last log lines:\nno database`;
  for (const way of ['exit status 1', 'Process exited with status 1']) {
    const text = `error: ${way}: running "sh -s 4f5e 60":\n${rest}`;
    expect(pulumiFailure(new Error(text))).toBe(summary);
  }
});
