import { describe, expect } from 'vitest';
import { whyNoSshd } from '../engine/support/sshd.ts';
import { descendantsOf } from '../../support/processes/processes.ts';
import { unless } from '../../support/skip.ts';
import { until } from '../../support/until.ts';
import { test as base } from './support/operator-test.ts';
import type { Stage } from './support/stage.ts';

const at = (second: number, text: string) =>
  `2026-05-01T08:00:${String(second).padStart(2, '0')}.000000001Z ${text}`;

const member = (id: string, track: 'stable' | 'canary' = 'stable') =>
  ({ id, part: 'app', track, member: id }) as const;

const test = base.extend('members', async ({ stage }): Promise<Stage> => {
  const [first, second] = stage.hosts;
  first?.contain(member('stable-0'), { id: 'proxy-1', part: 'proxy' });
  second?.contain(member('stable-1'), member('canary-0', 'canary'));
  first?.log('stable-0', at(1, 'one'), at(4, 'four'));
  first?.log('proxy-1', at(2, 'proxied'));
  second?.log('stable-1', at(3, 'three'), at(5, 'five'));
  second?.log('canary-0', at(2, 'two'));
  return stage;
});

const ofProd = (...words: string[]) => ['--stack', 'prod', 'logs', ...words];

/** Returns a reader of the output of a process so far. */
function outputOf(child: ReturnType<Stage['start']>): () => string {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  return () => output;
}

async function endOf(child: ReturnType<Stage['start']>): Promise<number | null> {
  await until(() => child.exitCode !== null || child.signalCode !== null);
  return child.exitCode;
}

describe('The logs of a stack', unless(whyNoSshd()), () => {
  test('interleave the members of all hosts by time', async ({ members }) => {
    const { code, stdout } = await members.perch(ofProd());
    expect(stdout.split('\n')).toEqual([
      'stable-0 | one',
      'canary-0 | two',
      'stable-1 | three',
      'stable-0 | four',
      'stable-1 | five',
      '',
    ]);
    expect(code).toBe(0);
  });

  test('are those of one track, one host or one member', async ({ members }) => {
    const texts = async (...words: string[]) =>
      (await members.perch(ofProd(...words))).stdout.split('\n').map((line) => line.slice(11));
    expect(await texts('--track', 'canary')).toEqual(['two', '']);
    expect(await texts('--host', 'web-2')).toEqual(['two', 'three', 'five', '']);
    expect(await texts('--member', 'stable-0')).toEqual(['one', 'four', '']);
  });

  test('include the other parts with --all, as JSON with --json', async ({ members }) => {
    const { stdout } = await members.perch(ofProd('--all', '--json', '--host', 'web-1'));
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toContainEqual({
      time: '2026-05-01T08:00:02.000000001Z',
      from: 'proxy@web-1',
      text: 'proxied',
    });
  });

  test('name the nearest member or host if there is none of that name', async ({ members }) => {
    const misspelt = await members.perch(ofProd('--member', 'stabel-0'));
    expect(misspelt.stderr).toContain('there is no member stabel-0; did you mean stable-0?');
    expect(misspelt.code).toBe(2);
    const { stderr } = await members.perch(ofProd('--host', 'web-11'));
    expect(stderr).toContain('there is no host web-11; did you mean web-1?');
  });

  test('are followed, over a swap, until Ctrl-C', async ({ members }) => {
    const child = members.start(ofProd('--follow'));
    const output = outputOf(child);
    await until(() => output().includes('stable-1 | five'));
    const [, second] = members.hosts;
    second?.log('stable-1', at(6, 'six'));
    await until(() => output().includes('stable-1 | six'));
    second?.log('stable-7', at(7, 'I am new'));
    second?.contain(member('stable-7'));
    second?.start('stable-7');
    await until(() => output().includes('stable-7 | I am new'));
    expect(output()).toContain('perch: stable-7 started on web-2');
    const started = descendantsOf(child.pid ?? 0);
    child.kill('SIGINT');
    expect(await endOf(child)).toBe(0);
    expect(output()).not.toMatch(/error|lost|trying again/i);
    await until(() => started.every((pid) => !isRunning(pid)), { what: 'every process to end' });
  });

  test('of a host that does not answer are missed, and the others shown', async ({ members }) => {
    await members.hosts[1]?.sshd[Symbol.asyncDispose]();
    const { code, stdout, stderr } = await members.perch(ofProd());
    expect(stdout).toBe('stable-0 | one\nstable-0 | four\n');
    expect(stderr).toMatch(/perch: web-2: .*(refused|closed)/);
    expect(code).toBe(0);
  });
});

describe('A command in a member', unless(whyNoSshd()), () => {
  test('runs on its host with its input and exit code', async ({ members }) => {
    const words = ['--stack', 'prod', 'exec', 'canary-0', '--'];
    const script = 'echo "$CONTAINER $(cat) $1"; exit 7';
    const { code, stdout } = await members.perch([...words, 'sh', '-c', script, 'sh', "it's"], {
      stdin: 'reads',
    });
    expect(stdout).toBe("canary-0 reads it's\n");
    expect(code).toBe(7);
  });

  test('names the nearest member if there is none of that name', async ({ members }) => {
    const { code, stderr } = await members.perch([
      '--stack',
      'prod',
      'exec',
      'canery-0',
      '--',
      'ls',
    ]);
    expect(stderr).toContain('there is no member canery-0; did you mean canary-0?');
    expect(code).toBe(2);
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
