/** Makes the stacks with the Pulumi CLI, and sets the secret that init knows. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PerchError } from '../../../runtime/contract/perch-error.ts';
import { runProgram } from '../../shell/program.ts';

/**
 * Runs `pulumi stack init` for each stack, in this terminal, because Pulumi may ask for a passphrase.
 * @param privateKey the deploy key, which Pulumi gets on its standard input. Secret.
 * @throws PerchError `process_failed` with what has been made already.
 */
export async function createStacks(
  stacks: readonly string[],
  privateKey: string | undefined,
): Promise<void> {
  const made: string[] = [];
  for (const stack of stacks) {
    try {
      await inTerminal(['stack', 'init', stack]);
      made.push(stack);
      if (privateKey !== undefined) {
        const words = ['config', 'set', '--stack', stack, '--secret', 'perch:sshPrivateKey'];
        await runProgram('pulumi', [...words, '--non-interactive'], privateKey);
      }
    } catch (error) {
      if (!(error instanceof PerchError)) throw error;
      const before = made.length === 0 ? 'no stack was made' : `made: ${made.join(', ')}`;
      throw new PerchError(
        error.code,
        `the files are written, but stack ${stack} is not ready (${before}): ${error.message}`,
        { cause: error },
      );
    }
  }
}

async function inTerminal(words: readonly string[]): Promise<void> {
  const child = spawn('pulumi', words, { stdio: 'inherit' });
  const [code]: unknown[] = await once(child, 'close');
  if (code !== 0) {
    throw new PerchError('process_failed', `pulumi ${words.join(' ')} failed`);
  }
}
