import { parseArgs } from 'node:util';
import { tracks, type Track } from '../../../runtime/contract/names.ts';
import { PerchError } from '../../../runtime/contract/perch-error.ts';
import { errorMessage } from '../../../runtime/contract/error-message.ts';
import { didYouMean } from '../../../runtime/contract/suggest-name.ts';

export interface LogsOptions {
  readonly follow: boolean;
  /** Also workers, proxies, monitors, flags servers, the console and Redis. */
  readonly all: boolean;
  readonly json: boolean;
  readonly track: Track | undefined;
  readonly host: string | undefined;
  readonly member: string | undefined;
  /** In the words of `docker logs`: a duration or a time. */
  readonly since: string | undefined;
  /** Last lines of each container. Undefined: all of them. */
  readonly tail: number | undefined;
}

export const usage = `Usage: perch --stack NAME logs [OPTIONS]

  --follow, -f       go on with what is logged from now on, until Ctrl-C
  --all              also the logs of workers, proxies, monitors, flags servers, the console and Redis
  --track TRACK      only of members and workers of stable or canary
  --host HOST        only of one host
  --member ID        only of one member
  --since TIME       from 10m or 2h ago on, or from a time such as 2026-05-01T08:00:00Z
  --tail N           the last N lines of each container; default 100, without a limit with --since
  --json             a line of JSON for each line: time, from, text`;

const defaultTail = 100;
const largestTail = 1_000_000;

/**
 * Parses the options of `perch logs`. Pure.
 * @throws PerchError `bad_input` with the rule.
 */
export function logsOptions(words: readonly string[]): LogsOptions {
  const { track, tail, since, ...values } = parse(words);
  if (since !== undefined && !isTime(since)) {
    throw new PerchError(
      'bad_input',
      `--since must be a duration (10m, 2h) or a time (RFC 3339), got ${since}`,
    );
  }
  return {
    follow: values.follow ?? false,
    all: values.all ?? false,
    json: values.json ?? false,
    host: values.host,
    member: values.member,
    track: track === undefined ? undefined : requireTrack(track),
    since: since === undefined ? undefined : inHours(since),
    tail: tailOf(tail, since),
  };
}

function requireTrack(given: string): Track {
  const track = tracks.find((name) => name === given);
  if (track !== undefined) return track;
  const rule = `--track must be ${tracks.join(' or ')}, got ${given}`;
  throw new PerchError('bad_input', `${rule}${didYouMean(given, tracks)}`);
}

function tailOf(tail: string | undefined, since: string | undefined): number | undefined {
  if (tail === undefined) return since === undefined ? defaultTail : undefined;
  const lines = /^\d{1,7}$/.test(tail) ? Number(tail) : Number.NaN;
  if (lines <= largestTail) return lines;
  throw new PerchError(
    'bad_input',
    `--tail must be a whole number from 0 to ${largestTail}, got ${tail}`,
  );
}

function isTime(text: string): boolean {
  if (/^(\d+[dhms])+$/.test(text)) return true;
  return /^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(Date.parse(text));
}

/** Docker knows no days. */
function inHours(since: string): string {
  return since.replaceAll(/(\d+)d/g, (_, days: string) => `${Number(days) * 24}h`);
}

function parse(words: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...words],
      options: {
        follow: { ...flag, short: 'f' },
        all: flag,
        json: flag,
        track: text,
        host: text,
        member: text,
        since: text,
        tail: text,
      },
    }).values;
  } catch (cause) {
    throw new PerchError('bad_input', `${errorMessage(cause)}\n\n${usage}`, { cause });
  }
}
