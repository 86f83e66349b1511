import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { whyNoSshd } from '../engine/support/sshd.ts';
import { unless, whyNoLinux, whyNoProgram } from '../../support/skip.ts';
import { until } from '../../support/until.ts';
import { test } from './support/operator-test.ts';

const reason = whyNoSshd() ?? whyNoLinux() ?? whyNoProgram('script');

describe('The standard streams of a command about a stack', unless(reason), () => {
  test('are a terminal if there is one, and the exit code passes', async ({ stage }) => {
    stage.hosts[0]?.programs.add('perch', '[ -t 0 ] && [ -t 1 ] && echo "on a $TERM"; exit 5');
    const { program, words, options } = stage.command(['--stack', 'prod', 'status']);
    const line = [program, ...words].map((word) => `'${word}'`).join(' ');
    const { status, stdout } = spawnSync('script', ['-qec', line, '/dev/null'], {
      ...options,
      env: { ...options.env, TERM: 'xterm-test' },
      encoding: 'utf8',
    });
    expect(stdout).toContain('on a xterm-test');
    expect(status).toBe(5);
  });

  test('without a terminal, a command ends with the connection', async ({ stage }) => {
    const file = join(stage.folder, 'pid');
    stage.hosts[0]?.programs.add(
      'perch',
      `echo $$ > '${file}.new'; mv '${file}.new' '${file}'; exec sleep 600`,
    );
    const { program, words, options } = stage.command(['--stack', 'prod', 'events', '--follow']);
    const child = spawn(program, words, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    await until(() => existsSync(file));
    const pid = Number(readFileSync(file, 'utf8'));
    child.kill('SIGKILL');
    await until(() => !isRunning(pid), { what: 'the command in the monitor to end' });
    expect(child.killed).toBe(true);
  });
});

function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}
