import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { holderState, lockHolderIn } from '../../../infra/recovery/lock.ts';
import { until } from '../../support/until.ts';

test("Pulumi's message about a lock names its holder on some backends", () => {
  const message =
    'error: the stack is currently locked by 1 lock(s).\n  s3://state/locks/a.json: created by ci@runner-7 (pid 4711) at 2026-03-01T10:00:00Z';
  expect(lockHolderIn(message)).toEqual({
    host: 'runner-7',
    pid: 4711,
    at: Date.UTC(2026, 2, 1, 10),
    text: 'created by ci@runner-7 (pid 4711) at 2026-03-01T10:00:00Z',
  });
  expect(lockHolderIn('[409] Conflict: Another update is currently in progress.')).toBeUndefined();
});

test('a lock is known to be abandoned only if its process is gone from this machine', () => {
  const gone = 0x7f_ff_ff_ff;
  const holder = (host: string, pid: number) => ({ host, pid, at: Date.now(), text: '' });
  expect(holderState(holder(hostname(), process.pid))).toBe('running');
  expect(holderState(holder(hostname(), gone))).toBe('gone');
  expect(holderState(holder('another-machine', gone))).toBe('unknown');
  expect(holderState(undefined)).toBe('unknown');
});

test.runIf(existsSync('/proc/self/stat'))(
  'a lock is abandoned if its process number belongs to a process that began later',
  () => {
    const holder = { host: hostname(), pid: process.pid, text: '' };
    const hourMs = 3_600_000;
    const beganAt = Date.now() - process.uptime() * 1_000;
    expect(holderState({ ...holder, at: beganAt - hourMs })).toBe('gone');
    expect(holderState({ ...holder, at: beganAt })).toBe('running');
  },
);

test.runIf(existsSync('/proc/self/stat'))(
  'a lock is abandoned if its process has ended and nobody has asked for its exit code',
  async () => {
    // The program that replaces the shell knows nothing of the shell's child.
    const parent = spawn('sh', ['-c', 'cat <&3 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
    });
    const [, output, , input] = parent.stdio;
    try {
      const [printed] = (await once(output ?? parent, 'data')) as [Buffer];
      const pid = Number(printed.toString());
      await until(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8') === 'sleep\n');
      if (input instanceof Socket) input.end();
      await until(() => / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')));
      expect(() => process.kill(pid, 0)).not.toThrow();
      const holder = { host: hostname(), pid, at: Date.now(), text: '' };
      expect(holderState(holder)).toBe('gone');
    } finally {
      parent.kill();
    }
  },
);
