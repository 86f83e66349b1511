/** Prints the commands of `perch` with their options, JSON: completion of shells is made of them. */
import type { Command } from 'commander';
import { loadCommands } from '../cli/commands.ts';

interface CommandNode {
  readonly name: string;
  /** Long options: `--json`. */
  readonly options: readonly string[];
  readonly commands: readonly CommandNode[];
}

function nodeOf(command: Command): CommandNode {
  return {
    name: command.name(),
    options: command.options
      .filter(({ hidden }) => !hidden)
      .flatMap(({ long }) => (long === undefined ? [] : [long])),
    commands: command.createHelp().visibleCommands(command).filter(isReal).map(nodeOf),
  };
}

/** False for the `help` that Commander adds to commands with subcommands. */
function isReal(command: Command): boolean {
  return command.name() !== 'help';
}

console.log(JSON.stringify((await loadCommands(undefined)).map(nodeOf)));
