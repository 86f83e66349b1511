/** Commands of the Pulumi CLI that read; none of them changes which stack is selected. */
import { z } from 'zod';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { didYouMean } from '../../runtime/contract/suggest-name.ts';
import { errorMessage } from '../../runtime/contract/error-message.ts';
import { isTornMessage } from '../recovery/torn-attributes.ts';
import { runProgram } from '../shell/program.ts';

const quiet = ['--non-interactive', '--color=never'];

const stacksSchema = z.array(z.object({ name: z.string() }));
const configSchema = z.record(
  z.string(),
  z.object({ value: z.string().optional(), secret: z.boolean().default(false) }),
);
const userSchema = z.object({ user: z.string(), url: z.string().default('') });
const exportSchema = z.object({ deployment: z.unknown() });

/** User and backend that the Pulumi CLI is logged in with. */
export async function pulumiUser(): Promise<z.output<typeof userSchema>> {
  return userSchema.parse(await json(['whoami', '--json']));
}

/** Names of the project's stacks. */
export async function stackNames(): Promise<string[]> {
  return stacksSchema.parse(await json(['stack', 'ls', '--json'])).map(({ name }) => name);
}

/** Configuration of a stack: `perch:service` to its value, secrets in the clear. It must stay in memory. */
export async function stackConfig(stack: string): Promise<Readonly<Record<string, string>>> {
  return (await configuredStack(stack)).values;
}

/** Configuration as of {@link stackConfig}, with the full keys of its secrets. It must stay in memory. */
export async function configuredStack(stack: string): Promise<{
  readonly values: Readonly<Record<string, string>>;
  readonly secretKeys: ReadonlySet<string>;
}> {
  const words = ['config', '--show-secrets', '--json', '--stack', stack];
  const all = Object.entries(configSchema.parse(await json(words)));
  const values = all.flatMap(([key, { value }]) => (value === undefined ? [] : [[key, value]]));
  const secrets = all.filter(([, { secret }]) => secret).map(([key]) => key);
  return { values: Object.fromEntries(values), secretKeys: new Set(secrets) };
}

/** Exported state of a stack, secrets in the clear. It must stay in memory. */
export async function stackDeployment(stack: string): Promise<unknown> {
  const words = ['stack', 'export', '--show-secrets', '--stack', stack];
  return exportSchema.parse(await json(words)).deployment;
}

/**
 * Returns the error for a stack that cannot be read.
 * @returns `bad_input` if no stack has that name, with the nearest one, or if there is no project.
 */
export async function unreadableStack(stack: string, cause: unknown): Promise<PerchError> {
  const text = errorMessage(cause).replace(/^error: /, '');
  // Pulumi says only how a stack could be named without a project.
  if (text.includes('pass the fully qualified name')) {
    const rule = "the working directory must be in the Pulumi project's folder";
    return new PerchError('bad_input', `${rule}, got ${process.cwd()}`, { cause });
  }
  if (!text.includes('no stack named')) {
    // A backend of files says no more than this after an update that was killed.
    const hint = isTornMessage(text) ? `; run npx perch recover --stack ${stack}` : '';
    const message = `stack ${stack} cannot be read: ${text}${hint}`;
    return new PerchError('process_failed', message, { cause });
  }
  const names = await stackNames();
  const known = names.length === 0 ? 'the project has none' : `the project has ${names.join(', ')}`;
  const near = didYouMean(stack, names);
  return new PerchError('bad_input', `there is no stack ${stack}${near || `; ${known}`}`, {
    cause,
  });
}

async function json(words: readonly string[]): Promise<unknown> {
  return JSON.parse(await runProgram('pulumi', [...words, ...quiet]));
}
