import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { awaitRunningScript } from '../../../infra/shell/await-running.ts';
import { StandInPrograms } from '../../support/pulumi/stand-in-programs.ts';

let folder: string;
let programs: StandInPrograms;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'perch-running-'));
  programs = new StandInPrograms(join(folder, 'bin'));
  writeFileSync(join(folder, 'clock'), '1000\n');
  // Time passes only while the script sleeps.
  programs.add('date', `cat '${folder}/clock'`);
  programs.add(
    'sleep',
    `now=$(cat '${folder}/clock'); echo $((now + $1)) > '${folder}/clock'; echo x >> '${folder}/slept'`,
  );
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A docker whose container has these states, one after the other: restarts, state, exit code, start. */
function stateSequence(...states: readonly string[]): void {
  writeFileSync(join(folder, 'states'), `${states.join('\n')}\n`);
  programs.add(
    'docker',
    `cd '${folder}'
case "$*" in
  *RestartCount*) head -n 1 states; if [ "$(wc -l < states)" -gt 1 ]; then sed -i 1d states; fi;;
  *.Name*) echo /stable-worker-mail-0-1234567;;
  'logs --tail 50 abc') echo no queue;;
  *) echo "docker $*" >&2; exit 64;;
esac`,
  );
}

function run(timeoutSeconds: number) {
  return spawnSync('sh', ['-s', 'abc', String(timeoutSeconds)], {
    input: awaitRunningScript,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${programs.folder}:${process.env['PATH']}` },
  });
}

test('the wait ends when the container has run for 5 s without an exit', () => {
  stateSequence('0 created 0 -', '0 running 0 a', '1 restarting 1 a', '1 running 0 b');
  expect(run(60)).toMatchObject({ status: 0, stderr: '' });
});

test('the wait fails when the container has exited three times, with its last log lines', () => {
  stateSequence('0 running 0 a', '1 restarting 7 a', '2 restarting 7 b', '3 restarting 7 c');
  const { status, stderr } = run(60);
  expect(status).toBe(1);
  expect(stderr).toBe(
    'container stable-worker-mail-0-1234567 exited 3 times, with code 7\nits last log lines:\nno queue\n',
  );
});

test('the wait fails when the time is over', () => {
  stateSequence('0 created 0 -');
  expect(run(10).stderr).toContain('did not run for 5 s without an exit within 10 s');
});
