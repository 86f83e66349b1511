import { createInterface } from 'node:readline';
import { labels } from '../../../runtime/contract/labels.ts';
import { PerchError } from '../../../runtime/contract/perch-error.ts';
import type { StackHost } from '../../recovery/stack-hosts.ts';
import type { HostConnections } from '../../shell/host-connections.ts';
import { untilInputEndsMerged } from '../../shell/until-input-ends.ts';
import type { ServiceContainer } from '../containers.ts';
import { containerLog } from './container-log.ts';
import type { LogLine } from './log-line.ts';

export interface FollowedHost {
  readonly connections: HostConnections;
  readonly host: StackHost;
  /** Lists the containers to follow. */
  readonly list: () => Promise<readonly ServiceContainer[]>;
  readonly since: string | undefined;
  readonly tail: number | undefined;
  /** Time of the last line of each container that was followed before, by its id. */
  readonly lastAt: Map<string, string>;
  readonly onLine: (line: LogLine) => void;
  /** Called with a container that has no log that can be read. */
  readonly onUnreadable: (container: ServiceContainer) => void;
  /** Called with a container that started after the others. */
  readonly onNew: (container: ServiceContainer) => void;
}

/**
 * Follows the logs of a host's containers, and of those that start meanwhile.
 * @throws PerchError `process_failed` when the connection is lost.
 */
export async function followHost(followed: FollowedHost): Promise<never> {
  const { connections, host, list, lastAt, onNew } = followed;
  const known = new Set<string>();
  const { promise, reject } = Promise.withResolvers<never>();
  const follow = async (container: ServiceContainer, isNew: boolean) => {
    known.add(container.id);
    if (isNew && !lastAt.has(container.id)) onNew(container);
    await followContainer(followed, container, isNew);
    // It ended. If it starts again, its log goes on.
    known.delete(container.id);
  };
  const followAll = async (isNew: boolean) => {
    for (const container of await list()) {
      if (known.has(container.id) || !container.status.startsWith('Up')) continue;
      follow(container, isNew).catch(reject);
    }
  };
  // Before the list is made, so that no start falls in between.
  const now = (await connections.run(host.address, 'date +%s')).trim();
  const starts = await connections.stream(host.address, startsScript(now));
  starts.once('close', () => {
    reject(new PerchError('process_failed', `${host.name}: the connection was lost`));
  });
  if (starts.stdout !== null) {
    const lines = createInterface({ input: starts.stdout });
    lines.on('line', () => void followAll(true).catch(reject));
  }
  try {
    await followAll(false);
    return await promise;
  } finally {
    starts.kill();
  }
}

async function followContainer(
  followed: FollowedHost,
  container: ServiceContainer,
  isNew: boolean,
): Promise<void> {
  const { connections, host, lastAt, onLine } = followed;
  const last = lastAt.get(container.id);
  const { since, tail } = isNew ? { since: undefined, tail: undefined } : followed;
  const part = last === undefined ? { since, tail } : { since: last, tail: undefined };
  const onUnreadable = () => followed.onUnreadable(container);
  const { address } = host;
  const source = { connections, address, container, follow: true, onUnreadable, ...part };
  for await (const line of containerLog(source)) {
    // Docker begins with the line of the given time, which was shown.
    if (last !== undefined && line.at <= last) continue;
    lastAt.set(container.id, line.at);
    onLine(line);
  }
}

/** Prints a line for each container of Perch that starts. Docker would want every one of several labels. */
function startsScript(since: string): string {
  const filters = ['type=container', 'event=start', `label=${labels.service}`];
  const events = ['docker', 'events', '--since', since, '--format', '{{.ID}}'];
  const wanted = filters.flatMap((filter) => ['--filter', filter]);
  return untilInputEndsMerged([...events, ...wanted]);
}
