import { parseArgs } from 'node:util';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { errorMessage } from '../../runtime/contract/error-message.ts';
import { imageRule, isImage } from '../config/image-reference.ts';

export interface DeployOptions {
  readonly stack: string;
  /** Seconds for which the release is watched after the update. */
  readonly verifySeconds: number;
  /** Image to deploy in place of what the stack's file names. */
  readonly image?: string | undefined;
  /** True if the release goes through the steps of a rollout first. */
  readonly isProgressive: boolean;
  /** Stack that gets the image of this canary stack once its rollout has passed every step. */
  readonly promote?: string | undefined;
  /** Canary stack whose image this stack gets if it may. */
  readonly from?: string | undefined;
  /** Seconds to wait for another update, and for a rollout in progress. 0: do not wait. */
  readonly waitSeconds: number;
  /** Minutes after which a rollout is left to itself. Undefined: it is followed to its end. */
  readonly timeoutMinutes?: number | undefined;
}

export const usage = `Usage: npx perch deploy --stack NAME [--image DIGEST] [--progressive] [--promote STACK] [--from STACK]
                        [--wait SECONDS] [--timeout MINUTES] [--verify SECONDS]

Updates the stack, then watches the release. If the update fails or the release is not healthy,
deploys the last good image again, notifies the team through the stack's channels (email, SMS,
webhook) and exits with 1. npm run deploy -- OPTIONS is the same in Perch's own repository.

  --stack NAME       the stack; its configuration is Pulumi.NAME.yaml
  --image DIGEST     the image to deploy (default: what the configuration names or builds)
  --progressive      a canary of the image passes the steps of the rollout first (perch:steps). In a
                     stack of role prod or local, the stable members get the image then, and the
                     canary goes. If the canary does harm, nothing else has changed. Run it again to
                     follow a rollout that is in progress. A canary stack without perch:steps gets its
                     perch:canaryWeight, and the command ends.
  --promote STACK    for a canary stack: the prod stack that gets the image after the last step; it
                     includes --progressive
  --from STACK       for a prod stack: the canary stack whose image it gets, if that has passed every
                     step with the sources that are checked out here; otherwise a usual deployment
  --wait SECONDS     how long to wait for another update and, with --progressive, for a rollout of
                     another image, 1 to 86400 (default: fail because of an update, replace a rollout)
  --timeout MINUTES  how long to follow the rollout, 1 to 10080 (default: to its end)
  --verify SECONDS   how long to watch the release, 0 to 3600 (default 60)`;

export interface RollbackArguments extends Pick<DeployOptions, 'stack' | 'verifySeconds'> {
  /** Undefined: the version before the one that serves. */
  readonly version: string | undefined;
}

export const rollbackUsage = `Usage: npx perch rollback --stack NAME [--verify SECONDS] [VERSION]

Deploys a recorded release of the stack again, by its digests, and watches it as perch deploy does.
npx perch --stack NAME history shows what is recorded. npm run rollback -- OPTIONS is the same in
Perch's own repository.

  VERSION            its version, or the beginning of its image's digest (default: the version before
                     the one that serves)
  --stack NAME       the stack; its configuration is Pulumi.NAME.yaml
  --verify SECONDS   how long to watch the release, 0 to 3600 (default 60)`;

const stackOptions = { stack: { type: 'string' }, verify: { type: 'string' } } as const;

const releaseOptions = {
  image: { type: 'string' },
  progressive: { type: 'boolean' },
  promote: { type: 'string' },
  from: { type: 'string' },
  wait: { type: 'string' },
  timeout: { type: 'string' },
} as const;

/**
 * Parses the arguments of `npx perch deploy`.
 * @throws PerchError `bad_input` with every problem.
 */
export function deployOptions(args: readonly string[]): DeployOptions {
  const { values } = refusing(() =>
    parseArgs({ args: [...args], options: { ...stackOptions, ...releaseOptions } }),
  );
  const { stack = '', verify = '60', image, promote, from, wait, timeout } = values;
  const isProgressive = values.progressive === true || promote !== undefined;
  requireNone([
    ...stackProblems(stack, verify),
    image === undefined || isImage(image) ? undefined : `--image must ${imageRule}, got ${image}`,
    promote === '' ? '--promote must name a stack' : undefined,
    from === '' ? '--from must name a stack' : undefined,
    wait === undefined ? undefined : numberProblem('wait', wait, [1, 86_400]),
    timeout === undefined ? undefined : numberProblem('timeout', timeout, [1, 10_080]),
    timeout !== undefined && !isProgressive
      ? '--timeout needs --progressive or --promote: nothing else follows a rollout'
      : undefined,
    ...(['progressive', 'promote', 'image'] as const).map((other) =>
      from !== undefined && values[other] !== undefined
        ? `--from must not be given with --${other}: it deploys what the canary ran`
        : undefined,
    ),
    promote !== undefined && promote === stack
      ? `--promote must name another stack than --stack, got ${promote}`
      : undefined,
    from !== undefined && from === stack
      ? `--from must name another stack than --stack, got ${from}`
      : undefined,
  ]);
  return {
    stack,
    verifySeconds: Number(verify),
    image,
    isProgressive,
    promote,
    from,
    waitSeconds: Number(wait ?? 0),
    timeoutMinutes: timeout === undefined ? undefined : Number(timeout),
  };
}

/**
 * Parses the arguments of `npx perch rollback`.
 * @throws PerchError `bad_input` with every problem.
 */
export function rollbackArguments(args: readonly string[]): RollbackArguments {
  const { values, positionals } = refusing(() =>
    parseArgs({ args: [...args], options: stackOptions, allowPositionals: true }),
  );
  const { stack = '', verify = '60' } = values;
  const [version, ...others] = positionals;
  requireNone([
    ...stackProblems(stack, verify),
    others.length === 0 ? undefined : `VERSION must be one version, got ${positionals.join(' ')}`,
  ]);
  return { stack, verifySeconds: Number(verify), version };
}

function stackProblems(stack: string, verify: string): (string | undefined)[] {
  return [
    stack === '' ? '--stack must be given' : undefined,
    numberProblem('verify', verify, [0, 3_600]),
  ];
}

function numberProblem(
  option: string,
  value: string,
  [first, last]: readonly [number, number],
): string | undefined {
  const isInRange = /^\d{1,5}$/.test(value) && Number(value) >= first && Number(value) <= last;
  return isInRange
    ? undefined
    : `--${option} must be a whole number from ${first} to ${last}, got ${value}`;
}

/** @throws PerchError `bad_input` with every problem, if there is one. */
function requireNone(problems: readonly (string | undefined)[]): void {
  const found = problems.filter((problem) => problem !== undefined);
  if (found.length > 0) throw new PerchError('bad_input', found.join('; '));
}

function refusing<T>(parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    const message = errorMessage(cause);
    throw new PerchError('bad_input', message, { cause });
  }
}
