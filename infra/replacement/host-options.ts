import { parseArgs } from 'node:util';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { errorMessage } from '../../runtime/contract/error-message.ts';

export interface ReplaceOptions {
  readonly action: 'replace';
  readonly host: string;
  readonly stack: string;
  /** Replaces a host that still answers too, after its members are drained. */
  readonly drain: boolean;
  /** With `drain`: accepts that services whose last members are there are not drained. */
  readonly acceptOutage: boolean;
  /** Accepts that what Redis holds beside the release document is lost. */
  readonly loseRedis: boolean;
}

export interface ResizeOptions {
  readonly action: 'resize';
  readonly stack: string;
  /** Accepts that requests fail while the host of the only proxy is changed. */
  readonly acceptOutage: boolean;
}

export type HostOptions = ReplaceOptions | ResizeOptions;

export const usage = `Usage: npx perch host replace NAME --stack STACK [--drain [--accept-outage]] [--lose-redis]
       npx perch host resize --stack STACK [--accept-outage]

replace puts a new host in the place of one that died: removes what was there from the stack, frees
its members' ids and ports, makes a new machine (on target server: uses the one that perch:servers now
names) and everything on it, and checks the result. It releases the images that serve, nothing new.
In a guest it puts what the guest had there on the host that its host stack has replaced before, and
registers the guest again if the Redis of its host stack is a new one.

resize gives the running machines of a cloud the size of perch:size, one after the other: drains a
host, changes its machine, waits until everything on it is healthy, and only then goes on.
npm run host -- ARGUMENTS is the same in Perch's own repository.

  --stack STACK      the stack; its configuration is Pulumi.STACK.yaml
  --drain            replace a host that still answers too; its members are drained first
  --lose-redis       the host carries Redis: accept that flags, incidents and history are lost, if no
                     backup of them can be taken; the release document is restored
  --accept-outage    the host has the only proxy or the last members of a service: accept that requests
                     fail while its machine restarts or is replaced, which takes some minutes`;

/**
 * Parses the options of `npx perch host replace` and `resize`.
 * @throws PerchError `bad_input` with every problem.
 */
export function hostOptions(args: readonly string[]): HostOptions {
  const { values, positionals } = parse(args);
  const [action, host, ...rest] = positionals;
  const { stack = '' } = values;
  const isReplace = action === 'replace';
  const misplaced = isReplace
    ? values['accept-outage'] &&
      !values.drain &&
      '--accept-outage must not be given without --drain'
    : (values.drain || values['lose-redis']) && '--drain and --lose-redis belong to replace';
  const problems = [
    isReplace || action === 'resize'
      ? undefined
      : `the first word must be replace or resize, got ${action ?? 'nothing'}`,
    stack === '' ? '--stack must be given' : undefined,
    isReplace && host === undefined ? 'replace needs the name of a host' : undefined,
    rest.length > 0 || (action === 'resize' && host !== undefined)
      ? `too many words: ${positionals.join(' ')}`
      : undefined,
    misplaced || undefined,
  ].filter((problem) => problem !== undefined);
  if (problems.length > 0) throw new PerchError('bad_input', problems.join('; '));
  return isReplace
    ? {
        action,
        host: host ?? '',
        stack,
        drain: values.drain === true,
        acceptOutage: values['accept-outage'] === true,
        loseRedis: values['lose-redis'] === true,
      }
    : { action: 'resize', stack, acceptOutage: values['accept-outage'] === true };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        stack: { type: 'string' },
        drain: { type: 'boolean' },
        'lose-redis': { type: 'boolean' },
        'accept-outage': { type: 'boolean' },
      },
    });
  } catch (cause) {
    throw new PerchError('bad_input', errorMessage(cause), { cause });
  }
}
