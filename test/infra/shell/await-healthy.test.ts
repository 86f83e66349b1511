import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { awaitHealthyScript } from '../../../infra/shell/await-healthy.ts';
import { StandInPrograms } from '../../support/pulumi/stand-in-programs.ts';

let folder: string;
let programs: StandInPrograms;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'perch-healthy-'));
  programs = new StandInPrograms(join(folder, 'bin'));
  const log = Array.from({ length: 60 }, (_, index) => `line ${index + 1}`).join('\n');
  writeFileSync(join(folder, 'log'), `${log}\n`);
  programs.add('sleep');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A docker whose container has these states, one after the other: health, restarts, state, exit code. */
function stateSequence(...states: readonly string[]): void {
  writeFileSync(join(folder, 'states'), `${states.join('\n')}\n`);
  programs.add(
    'docker',
    `cd '${folder}'
case "$*" in
  *RestartCount*) head -n 1 states; if [ "$(wc -l < states)" -gt 1 ]; then sed -i 1d states; fi;;
  *.Name*) echo /stable-0-1234567;;
  *Output*) printf '%s\\n\\n' '"first"' '"connection refused\\n"';;
  'logs --tail 50 abc') tail -n 50 log;;
  *) echo "docker $*" >&2; exit 64;;
esac`,
  );
}

function run(timeoutSeconds: number) {
  return spawnSync('sh', ['-s', 'abc', String(timeoutSeconds)], {
    input: awaitHealthyScript,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${programs.folder}:${process.env['PATH']}` },
  });
}

test('the wait ends when the container is healthy', () => {
  stateSequence('starting 0 running 0', 'starting 1 restarting 1', 'healthy 1 running 0');
  expect(run(60)).toMatchObject({ status: 0, stdout: '', stderr: '' });
});

test('the wait fails when the container has exited three times, with its last 50 log lines', () => {
  stateSequence(
    'starting 0 running 0',
    'starting 2 restarting 1',
    'starting 3 running 0',
    'starting 3 restarting 17',
    'healthy 3 running 0',
  );
  const { status, stderr } = run(60);
  expect(status).toBe(1);
  const [first, second, ...log] = stderr.trimEnd().split('\n');
  expect(first).toBe(
    'container stable-0-1234567 exited 3 times, with code 17: its last health check printed "connection refused"',
  );
  expect(second).toBe('its last log lines:');
  expect(log).toHaveLength(50);
  expect(log.at(-1)).toBe('line 60');
});

test('exits before the wait began do not count, as when an update is repeated', () => {
  stateSequence('starting 20 running 0', 'starting 22 restarting 1', 'healthy 22 running 0');
  expect(run(60).status).toBe(0);
});

test('the wait fails when the time is over, and says what the health check said', () => {
  stateSequence('starting 0 running 0');
  const { status, stderr } = run(0);
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /^container stable-0-1234567 did not become healthy within 0 s: its last health check printed "connection refused/,
  );
});

test('the wait fails at once when the container is gone', () => {
  programs.addFailing('docker', 'No such object: abc');
  expect(run(60)).toMatchObject({ status: 1, stderr: 'No such object: abc\n' });
});
