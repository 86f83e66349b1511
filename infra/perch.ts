/** `npx perch`: a command about a stack, from a laptop or a job. bin/perch.mjs starts it. */
import { env } from '../runtime/contract/env.ts';
import { PerchError } from '../runtime/contract/perch-error.ts';
import { HostConnections } from './shell/host-connections.ts';
import {
  deployCommandOf,
  operatorCommands,
  projectCommands,
  stackCommands,
} from './operator/commands.ts';
import { completion } from './operator/completion/choices.ts';
import { completionScript } from './operator/completion/completion-command.ts';
import { readStack } from './operator/deployed-stack.ts';
import { checkDoctorWords } from './operator/doctor/doctor-words.ts';
import { sayReadiness, stackFilesIn } from './operator/doctor/readiness/readiness-command.ts';
import { frontHelp } from './operator/help.ts';
import { interruption } from './operator/interruption.ts';
import { stackNames } from './operator/pulumi-cli.ts';
import { remotePerch } from './operator/remote-perch.ts';
import { frontWords, type FrontWords } from './operator/words.ts';

/** Commands of the runtime that are processes: without a stack they run where they are started. */
const processes = ['proxy', 'app', 'monitor', 'console'];

/** Command that also examines a project that was never released. */
const doctor = 'doctor';

/** Option by which the runtime finds a rehearsal on this machine. */
const rehearsalOption = '--rehearsal';

/**
 * Runs a call of `perch`.
 * @returns `direct` if the runtime's own `perch` has to run it, here.
 */
export async function main(args: readonly string[]): Promise<'direct' | 'done'> {
  try {
    const front = frontWords(args);
    if (front.help && (await showHelp(front))) return 'done';
    if (front.help) return direct(front);
    if (front.stack === undefined) return await withoutStack(front);
    const { stack, words } = front;
    if (projectCommands.has(words[0] ?? '')) {
      throw new PerchError('bad_input', `perch ${words[0]} takes no --stack, got ${stack}`);
    }
    const deploying = await deployCommandOf(words);
    if (deploying === undefined) process.exitCode = await aboutStack(stack, front);
    else await deploying.command.run(['--stack', stack, ...deploying.rest]);
  } catch (error) {
    if (!(error instanceof PerchError)) throw error;
    showError(error, args.includes('--json'));
    process.exitCode = error.code === 'bad_input' ? 2 : 1;
  }
  return 'done';
}

/** Leaves the call to the runtime's own `perch`, which knows no stack. */
function direct({ words }: FrontWords): 'direct' {
  process.argv.splice(2, process.argv.length, ...words);
  return 'direct';
}

/** @returns false if the runtime's own `perch` knows the command, and so its help. */
async function showHelp({ stack, words }: FrontWords): Promise<boolean> {
  const asked = words.filter((word) => word !== 'help');
  const [name = ''] = asked;
  const deploying = await deployCommandOf(asked);
  const isProcess = stack === undefined && processes.includes(name);
  const own = await (isProcess
    ? undefined
    : (operatorCommands.get(name) ?? projectCommands.get(name))?.());
  if (deploying !== undefined) console.log(deploying.command.usage);
  else if (own !== undefined) console.log(`${own.usage}\n\n${own.summary}`);
  else if (name === '' || name.startsWith('-')) console.log(await frontHelp());
  else return false;
  return true;
}

async function withoutStack({ words, json }: FrontWords): Promise<'direct' | 'done'> {
  const [name = '', ...rest] = words;
  if (name === completion) {
    process.stdout.write(await completionScript(rest));
    return 'done';
  }
  if (name === doctor) {
    checkDoctorWords(rest);
    process.exitCode = await sayReadiness(stackFilesIn(process.cwd()), json);
    return 'done';
  }
  const project = await projectCommands.get(name)?.();
  if (project !== undefined) {
    process.exitCode = await project.run(rest);
    return 'done';
  }
  if (processes.includes(name)) return 'direct';
  const [about] = [words.slice(0, 2).join(' '), name].filter((words) => stackCommands.has(words));
  if (about !== undefined) {
    throw new PerchError('bad_input', `--stack must be given for perch ${about}${await known()}`);
  }
  const isDirect = process.env[env.redisUrl] !== undefined || words.includes(rehearsalOption);
  if (isDirect) return 'direct';
  throw new PerchError(
    'bad_input',
    `--stack must be given${await known()}, or ${env.redisUrl} and ${env.service} set`,
  );
}

/** Names of the project's stacks, to append to an error; empty if Pulumi cannot say. */
async function known(): Promise<string> {
  try {
    const names = await stackNames();
    return names.length === 0 ? '' : ` (${names.join(', ')})`;
  } catch (error) {
    if (error instanceof PerchError) return '';
    throw error;
  }
}

async function aboutStack(name: string, { words, json }: FrontWords): Promise<number> {
  if (words[0] === doctor) checkDoctorWords(words.slice(1));
  using interrupted = interruption();
  const { signal } = interrupted;
  try {
    const stack = await readStack(name).catch((error: unknown) => {
      if (error instanceof PerchError && words[0] === doctor) return error;
      throw error;
    });
    if (stack instanceof PerchError) return await sayWhyUnread(name, stack, json);
    if (!json) console.error(`perch: service ${stack.service}, stack ${stack.name}`);
    await using connections = new HostConnections();
    const context = { stack, connections, signal };
    const [command = '', ...rest] = words;
    const own = await operatorCommands.get(command)?.();
    return own === undefined ? await remotePerch(context, words) : await own.run(context, rest);
  } catch (error) {
    // Ctrl-C also ends what the command waits for.
    if (signal.aborted) return interruptedCode;
    throw error;
  }
}

/**
 * `perch doctor` of a stack that cannot be read, for example because nobody is logged in.
 * @throws the error, if the project lacks nothing that explains it.
 */
async function sayWhyUnread(name: string, error: PerchError, json: boolean): Promise<number> {
  if (!stackFilesIn(process.cwd()).includes(name)) throw error;
  const code = await sayReadiness([name], json);
  if (code === 0 && error.code !== 'bad_input') throw error;
  return code;
}

const interruptedCode = 130;

function showError({ code, message }: PerchError, json: boolean): void {
  console.error(json ? JSON.stringify({ error: { code, message } }) : `perch: ${message}`);
}
