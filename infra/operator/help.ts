import { extname, join } from 'node:path';
import { runProgram } from '../shell/program.ts';
import { projectCommands, stackCommands } from './commands.ts';

const runtime = join(
  import.meta.dirname,
  `../../runtime/bin/perch${extname(import.meta.filename)}`,
);

/** Help of `npx perch`: the commands of the operator's machine, then those of the runtime. */
export async function frontHelp(): Promise<string> {
  const [projects, own, others] = await Promise.all([
    list(projectCommands),
    list(stackCommands),
    runProgram(process.execPath, [runtime, '--help']),
  ]);
  const commands = others.slice(others.indexOf('Commands:') + 'Commands:'.length).trimEnd();
  return `Usage: perch --stack NAME COMMAND [ARGUMENTS]

Releases containers safely on plain servers. With --stack, a command finds the hosts and keys in the
stack of that name, and runs in a monitor there. Without it, PERCH_REDIS_URL and PERCH_SERVICE say
which Redis and service it is about.

Options:
  --stack NAME        stack of the project in the working directory
  --rehearsal         use the rehearsal (npm start) that runs on this machine, and no stack
  --json              print JSON, errors too
  -V, --version       print the version of Perch
  -h, --help          print help; after a command, that of the command

Completion:
  perch completion bash | zsh | fish      print a script for the shell

Commands about the project in the working directory:
${projects}

Commands about a stack:
${own}

Commands:${commands}`;
}

type Listed = ReadonlyMap<string, () => Promise<{ readonly summary: string }>>;

async function list(commands: Listed): Promise<string> {
  const lines = [...commands].map(async ([name, load]) => {
    const { summary } = await load();
    return `  ${name.padEnd(18)}  ${summary}`;
  });
  return (await Promise.all(lines)).join('\n');
}
