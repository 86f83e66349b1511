import { parseArgs } from 'node:util';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { errorMessage } from '../../runtime/contract/error-message.ts';

export interface DeployOptions {
  readonly stack: string;
  /** Seconds for which the release is watched after the update. */
  readonly verifySeconds: number;
}

export const usage = `Usage: npm run deploy -- --stack NAME [--verify SECONDS]

Updates the stack, then watches the release. If the update fails or the release is not healthy,
deploys the last good image again, notifies the team through the stack's channels (email, SMS,
webhook) and exits with 1.

  --stack NAME       the stack; its configuration is Pulumi.NAME.yaml
  --verify SECONDS   how long to watch the release, 0 to 3600 (default 60)`;

/**
 * Parses the options of `npm run deploy`.
 * @throws PerchError `bad_input` with every problem.
 */
export function deployOptions(args: readonly string[]): DeployOptions {
  const { values } = parse(args);
  const { stack, verify = '60' } = values;
  const problems = [
    stack === undefined || stack === '' ? '--stack must be given' : undefined,
    /^\d{1,4}$/.test(verify) && Number(verify) <= 3_600
      ? undefined
      : `--verify must be a whole number from 0 to 3600, got ${verify}`,
  ].filter((problem) => problem !== undefined);
  if (stack === undefined || problems.length > 0) {
    throw new PerchError('bad_input', problems.join('; '));
  }
  return { stack, verifySeconds: Number(verify) };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: { stack: { type: 'string' }, verify: { type: 'string' } },
    });
  } catch (cause) {
    const message = errorMessage(cause);
    throw new PerchError('bad_input', message, { cause });
  }
}
