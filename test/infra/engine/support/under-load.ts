import { execFileSync } from 'node:child_process';
import { Traffic } from '../../../../rehearsal/traffic/traffic.ts';

const requestsPerSecond = 50;

/** Bunching of failures around the moment in which nothing listens any more, milliseconds. */
const lastMomentMs = 1_000;

interface Failure {
  readonly cause: string;
  /** Milliseconds since the epoch. */
  readonly dueAt: number;
}

/** Traffic that ran while something else did. */
export interface Load {
  /** Seconds, requests and failures; with failures, also what the proxies logged. */
  readonly summary: string;
  /** Cause and time of each failure. */
  readonly failures: readonly string[];
  /** Failures of clients that came while the service was still there. */
  readonly failuresBeforeEnd: readonly string[];
}

/** Sends requests to the proxy of a service on this machine while `work` runs. */
export async function underLoad<T>(
  { service, port }: { readonly service: string; readonly port: number },
  work: () => Promise<T>,
): Promise<{ result: T; load: Load }> {
  const traffic = new Traffic({ host: '127.0.0.1', port });
  const failures: Failure[] = [];
  traffic.onAnswer(({ failure, dueAt }) => {
    if (failure !== undefined) failures.push({ cause: failure, dueAt });
  });
  const startedAt = performance.now();
  traffic.setRate(requestsPerSecond);
  const result = await work();
  await traffic.pause();
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  const { total, failed } = traffic.counts;
  await traffic.stop();
  const before = beforeEnd(failures);
  const counts = `${seconds} s, ${total} requests, ${failed} failed`;
  const answered = before.length === failed ? '' : `, ${before.length} of them while a proxy ran`;
  return {
    result,
    load: {
      summary: [`${counts}${answered}`, ...(before.length > 0 ? proxyWarnings(service) : [])].join(
        '\n',
      ),
      failures: failures.map(text),
      failuresBeforeEnd: before.map(text),
    },
  };
}

/**
 * Failures before the last proxy stopped to listen. The kernel resets the connections that wait to
 * be accepted then, and refuses all later ones.
 */
function beforeEnd(failures: readonly Failure[]): Failure[] {
  const end = failures.find(({ cause }) => cause === 'ECONNREFUSED')?.dueAt ?? Infinity;
  const isOfEnd = ({ cause, dueAt }: Failure) =>
    dueAt > end - lastMomentMs && ['ECONNREFUSED', 'ECONNRESET'].includes(cause);
  return failures.filter((failure) => !isOfEnd(failure));
}

function text({ cause, dueAt }: Failure): string {
  return `${cause} at ${new Date(dueAt).toISOString()}`;
}

/** Warnings and errors in the logs of the service's proxies. */
function proxyWarnings(service: string): string[] {
  const filters = [`perch.service=${service}`, 'perch.part=proxy'];
  const args = filters.flatMap((label) => ['--filter', `label=${label}`]);
  const ids = execFileSync('docker', ['ps', '--all', '--quiet', ...args], { encoding: 'utf8' });
  return ids
    .split('\n')
    .filter(Boolean)
    .flatMap((id) => {
      const log = execFileSync('sh', ['-c', `docker logs --tail 500 ${id} 2>&1`], {
        encoding: 'utf8',
      });
      return log.split('\n').filter((line) => /"level":[456]0/.test(line));
    });
}
