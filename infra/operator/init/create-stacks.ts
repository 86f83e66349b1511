/** Makes the stacks with the Pulumi CLI, and sets the secret that init knows. */
import { PerchError } from '../../../runtime/contract/perch-error.ts';
import { runProgram } from '../../shell/program.ts';
import { pulumiUser } from '../pulumi-cli.ts';

/** Variables of which one says the passphrase that encrypts the stacks' secrets. */
const passphrases = ['PULUMI_CONFIG_PASSPHRASE', 'PULUMI_CONFIG_PASSPHRASE_FILE'];

/** Reason why the stacks cannot be made from here. Undefined: they can. */
export async function whyNoStacks(): Promise<string | undefined> {
  try {
    const { url } = await pulumiUser();
    const isCloud = url.startsWith('https://');
    if (isCloud || passphrases.some((name) => process.env[name] !== undefined)) return undefined;
    return `needs ${passphrases[0]} in the environment, with which Pulumi encrypts secrets`;
  } catch (error) {
    if (!(error instanceof PerchError)) throw error;
    return `needs the Pulumi CLI, logged in to a backend: ${error.message}`;
  }
}

/**
 * Runs `pulumi stack init` for each stack.
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
      await runProgram('pulumi', ['stack', 'init', stack, '--non-interactive']);
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
