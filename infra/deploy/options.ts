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

export interface RollbackArguments extends DeployOptions {
  /** Undefined: the version before the one that serves. */
  readonly version: string | undefined;
}

export const rollbackUsage = `Usage: npm run rollback -- --stack NAME [--verify SECONDS] [VERSION]

Deploys a recorded release of the stack again, by its digests, and watches it as npm run deploy does.
perch history shows what is recorded.

  VERSION            its version, or the beginning of its image's digest (default: the version before
                     the one that serves)
  --stack NAME       the stack; its configuration is Pulumi.NAME.yaml
  --verify SECONDS   how long to watch the release, 0 to 3600 (default 60)`;

/**
 * Parses the options of `npm run deploy`.
 * @throws PerchError `bad_input` with every problem.
 */
export function deployOptions(args: readonly string[]): DeployOptions {
  return checked(parse(args, false).values);
}

/**
 * Parses the arguments of `npm run rollback`.
 * @throws PerchError `bad_input` with every problem.
 */
export function rollbackArguments(args: readonly string[]): RollbackArguments {
  const { values, positionals } = parse(args, true);
  const [version, ...others] = positionals;
  if (others.length === 0) return { ...checked(values), version };
  throw new PerchError('bad_input', `VERSION must be one version, got ${positionals.join(' ')}`);
}

function checked(values: { stack?: string | undefined; verify?: string | undefined }) {
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

function parse(args: readonly string[], allowPositionals: boolean) {
  try {
    return parseArgs({
      args: [...args],
      options: { stack: { type: 'string' }, verify: { type: 'string' } },
      allowPositionals,
    });
  } catch (cause) {
    const message = errorMessage(cause);
    throw new PerchError('bad_input', message, { cause });
  }
}
