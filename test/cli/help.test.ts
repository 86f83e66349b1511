import { expect } from 'vitest';
import { perch } from '../support/processes/perch.ts';
import { loadCommands } from '../../runtime/cli/commands.ts';
import { test } from './fixtures.ts';

type Command = Awaited<ReturnType<typeof loadCommands>>[number];

interface Listed {
  readonly words: readonly string[];
  readonly command: Command;
}

function leaves(command: Command, before: readonly string[] = []): Listed[] {
  const words = [...before, command.name()];
  return [
    ...(command.commands.length === 0 ? [{ words, command }] : []),
    ...command.commands.flatMap((child) => leaves(child, words)),
  ];
}

/** Help as `--help` prints it, with what is added after it. */
function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  return text;
}

const all = (await loadCommands(undefined)).flatMap((command) => leaves(command));

/** Commands that need no Redis. */
const withoutRedis = ['test-alert'];

test('the help of every command that asks Redis names the service and the URL', () => {
  const silent = all
    .filter(({ words }) => !withoutRedis.includes(words.join(' ')))
    .filter(({ command }) => !/PERCH_SERVICE[^]*PERCH_REDIS_URL/.test(helpOf(command)));
  expect(silent.map(({ words }) => words.join(' '))).toEqual([]);
});

test('perch --help names the service, the URL, and the form of errors', async () => {
  const { stdout } = await perch(['--help']);
  expect(stdout).toMatch(/PERCH_SERVICE[^]*PERCH_REDIS_URL[^]*--json[^]*"error"/);
});

test.for(all.map(({ words, command }) => [words.join(' '), { words, command }] as const))(
  'the usage of perch %s shows exactly the options and arguments that must be given',
  async ([_name, { words, command }], { run }) => {
    const marked = [...command.options, ...command.registeredArguments]
      .filter(({ description }) => description.endsWith('; required'))
      .map((one) => one.name());
    const [usage = ''] = helpOf(command).split('\n', 1);
    for (const name of marked)
      expect(usage).toMatch(new RegExp(`(--${name} <|<${name}(\\.\\.\\.)?>)`));
    if (marked.length === 0) return;
    const { code, stderr } = await run(...words);
    expect(code).toBe(2);
    const missing = [...stderr.matchAll(/(?:^perch: |; )(\w+) must be (?:given|one of)/g)];
    expect(missing.map(([, field]) => field).toSorted()).toEqual(marked.toSorted());
  },
);
