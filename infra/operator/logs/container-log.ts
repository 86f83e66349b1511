import { createInterface } from 'node:readline';
import { PerchError } from '../../../runtime/contract/perch-error.ts';
import type { HostAddress, HostConnections } from '../../shell/host-connections.ts';
import { sshFailed } from '../../shell/program.ts';
import { untilInputEndsMerged } from '../../shell/until-input-ends.ts';
import type { ServiceContainer } from '../containers.ts';
import { parseLogLine, saysUnreadable, type LogLine } from './log-line.ts';

/** Place of a container's log, and the part of it that is read. */
export interface LogSource {
  readonly connections: HostConnections;
  readonly address: HostAddress;
  readonly container: Pick<ServiceContainer, 'id' | 'name'>;
  readonly follow: boolean;
  readonly since: string | undefined;
  readonly tail: number | undefined;
  /** Called if the container has no log that can be read. */
  readonly onUnreadable: () => void;
}

/**
 * Reads the lines of a container's log. A log that is followed ends with its container.
 * @throws PerchError `process_failed` if the connection is lost.
 */
export async function* containerLog(source: LogSource): AsyncGenerator<LogLine> {
  const { connections, address, container } = source;
  const child = await connections.stream(address, untilInputEndsMerged(logWords(source)));
  const ended = new Promise<number | null>((resolve) => void child.once('close', resolve));
  try {
    let at = '';
    if (child.stdout !== null) {
      for await (const text of createInterface({ input: child.stdout, crlfDelay: Infinity })) {
        if (saysUnreadable(text)) {
          source.onUnreadable();
          continue;
        }
        const line = parseLogLine(container.name, text, at);
        at = line.at;
        yield line;
      }
    }
    if ((await ended) === sshFailed) {
      throw new PerchError('process_failed', `the connection to ${address?.host} was lost`);
    }
  } finally {
    child.kill();
  }
}

function logWords({ container, follow, since, tail }: LogSource): string[] {
  return [
    'docker',
    'logs',
    '--timestamps',
    ...(follow ? ['--follow'] : []),
    ...(since === undefined ? [] : ['--since', since]),
    ...(tail === undefined ? [] : ['--tail', String(tail)]),
    container.id,
  ];
}
