import { extname, join } from 'node:path';
import { z } from 'zod';
import { runProgram } from '../../shell/program.ts';
import { projectCommands, stackCommands } from '../commands.ts';

const script = join(
  import.meta.dirname,
  `../../../runtime/bin/command-tree${extname(import.meta.filename)}`,
);

/** Words that may follow a command: subcommands and options. */
export interface Choices {
  /** Words of the command, such as `member drain`; empty: `perch` itself. */
  readonly command: string;
  readonly words: readonly string[];
}

const nodeSchema = z.object({
  name: z.string(),
  options: z.array(z.string()),
  get commands() {
    return z.array(nodeSchema);
  },
});

type CommandNode = z.infer<typeof nodeSchema>;

const own = ['--stack', '--json', '--help', '--version'];

/** Name of the command that prints completions. */
export const completion = 'completion';

/** Choices after each command of `perch`, commands before their subcommands. */
export async function completionChoices(shells: readonly string[]): Promise<Choices[]> {
  const tree = z.array(nodeSchema).parse(JSON.parse(await runProgram(process.execPath, [script])));
  const operators = await Promise.all(
    [...projectCommands, ...stackCommands].map(async ([command, load]) => ({
      command,
      words: [...new Set((await load()).usage.match(/--[a-z][a-z-]*/g))],
    })),
  );
  const runtime = tree
    .flatMap((node) => choicesOf(node, []))
    .map(({ command, words }) => ({ command, words: [...words, ...secondWords(command)] }));
  const single = [...stackCommands.keys()].filter((command) => !command.includes(' '));
  const first = [...projectCommands.keys(), ...single, ...tree.map(({ name }) => name)];
  return [
    { command: '', words: [...new Set([...own, completion, ...first])] },
    { command: completion, words: shells },
    ...oncePerCommand([...operators, ...runtime]),
  ];
}

/** A command that runs on both sides, such as `console`, has the words of both. */
function oncePerCommand(choices: readonly Choices[]): Choices[] {
  const byCommand = Map.groupBy(choices, ({ command }) => command);
  return [...byCommand].map(([command, same]) => ({
    command,
    words: [...new Set(same.flatMap(({ words }) => words))],
  }));
}

/** Subcommands that a command of the runtime has here, such as `replace` of `host`. */
function secondWords(command: string): string[] {
  const start = `${command} `;
  return [...stackCommands.keys()].flatMap((own) =>
    own.startsWith(start) ? [own.slice(start.length)] : [],
  );
}

function choicesOf({ name, options, commands }: CommandNode, before: readonly string[]): Choices[] {
  const path = [...before, name];
  const words = [...commands.map((node) => node.name), ...options, '--help'];
  return [{ command: path.join(' '), words }, ...commands.flatMap((node) => choicesOf(node, path))];
}
