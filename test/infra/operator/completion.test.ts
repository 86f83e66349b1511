import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { unless, whyNoProgram } from '../../support/skip.ts';

const front = join(import.meta.dirname, '../../../bin/perch.mjs');
const perch = (...words: string[]) =>
  execFileSync(process.execPath, [front, ...words], { encoding: 'utf8' });

describe('The completion of bash', unless(whyNoProgram('bash')), () => {
  let script: string;
  beforeAll(() => {
    script = perch('completion', 'bash');
  });

  /** Returns what bash would offer for the last of some words. */
  function offers(words: readonly string[], folder = tmpdir()): string[] {
    const line = words.map((word) => `'${word}'`).join(' ');
    const ask = `COMP_WORDS=(perch ${line}); COMP_CWORD=${words.length}; _perch; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const printed = execFileSync('bash', ['--norc', '-c', `${script}\n${ask}`], {
      cwd: folder,
      encoding: 'utf8',
    });
    return printed.trim().split('\n');
  }

  test('knows the commands of both sides, subcommands and options', () => {
    expect(offers(['sta'])).toEqual(['status']);
    expect(offers(['--stack', 'prod', 'lo'])).toEqual(['logs']);
    expect(offers(['--stack', 'prod', 'dep'])).toEqual(['deploy']);
    expect(offers(['rollback', '--ver'])).toEqual(['--verify']);
    expect(offers(['--stack', 'prod', 'logs', '--ta'])).toEqual(['--tail']);
    expect(offers(['ini'])).toEqual(['init']);
    expect(offers(['init', '--host-'])).toEqual(['--host-key']);
    expect(offers(['member', 'dra'])).toEqual(['drain']);
    expect(offers(['member', 'drain', '--js'])).toEqual(['--json']);
    expect(offers(['completion', 'f'])).toEqual(['fish']);
    expect(offers(['--stack', 'prod', 'flags', 'hi'])).toEqual(['history']);
    expect(offers(['flags', 'und'])).toEqual(['undo']);
    expect(offers(['flags', 'undo', '--cha'])).toEqual(['--change']);
    expect(offers(['flags', 'delete', '--y'])).toEqual(['--yes']);
    expect(offers(['--stack', 'prod', 'hos'])).toEqual(['host']);
    expect(offers(['cons'])).toEqual(['console']);
    expect(offers(['console', '--no-'])).toEqual(['--no-open']);
    expect(offers(['console', '--list'])).toEqual(['--listen']);
    expect(offers(['host', 're'])).toEqual(['replace', 'resize']);
    expect(offers(['host', 'replace', '--dr'])).toEqual(['--drain']);
  });

  test('knows the stacks that have a file here', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'perch-'));
    for (const name of ['prod', 'canary']) {
      writeFileSync(join(folder.path, `Pulumi.${name}.yaml`), '');
    }
    expect(offers(['--stack', ''], folder.path)).toEqual(['canary', 'prod']);
  });
});

test('fish offers commands, subcommands and options', unless(whyNoProgram('fish')), () => {
  const script = perch('completion', 'fish');
  const offers = (line: string) =>
    execFileSync('fish', ['--no-config', '-c', `${script}\ncomplete -C "${line}"`], {
      encoding: 'utf8',
    }).trim();
  expect(offers('perch --stack prod lo')).toBe('logs');
  expect(offers('perch member dra')).toBe('drain');
  expect(offers('perch --stack prod logs --ta')).toBe('--tail');
});

test('zsh can read its script', unless(whyNoProgram('zsh')), () => {
  const input = perch('completion', 'zsh');
  expect(() => execFileSync('zsh', ['-n'], { input })).not.toThrow();
});

test('another shell is an error that names those that there are', () => {
  expect(() => perch('completion', 'tcsh')).toThrow(/must be bash, zsh, fish, got tcsh/);
});
