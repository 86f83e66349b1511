import { setTimeout as delay } from 'node:timers/promises';
import { PerchError } from '../../../runtime/contract/perch-error.ts';
import { errorMessage } from '../../../runtime/contract/error-message.ts';
import type { StackHost } from '../../recovery/stack-hosts.ts';
import type { OperatorCommand, OperatorContext } from '../command.ts';
import { containersOn, requireNamed, type ServiceContainer } from '../containers.ts';
import { containerLog } from './container-log.ts';
import { followHost } from './follow-host.ts';
import type { LogLine } from './log-line.ts';
import { LogText } from './log-text.ts';
import { mergedByTime, ReorderWindow } from './merge.ts';
import { UnreadLogs } from './unread-logs.ts';
import { logsOptions, usage, type LogsOptions } from './options.ts';

/** Time for which lines that are followed wait for earlier ones of other hosts. */
const windowMs = 400;
const showEveryMs = 100;
const reconnectAfterMs = 2_000;

/** `perch logs`: prints the logs of a stack's members, interleaved by time. */
export const logsCommand: OperatorCommand = {
  summary: 'Show the logs of all members, interleaved by time.',
  usage,
  async run(context, words) {
    const options = logsOptions(words);
    const hosts = hostsFor(context, options);
    await (options.follow ? follow(context, hosts, options) : show(context, hosts, options));
    return 0;
  },
};

function hostsFor({ stack }: OperatorContext, { host }: LogsOptions): readonly StackHost[] {
  return host === undefined ? stack.hosts : [requireNamed('host', host, stack.hosts)];
}

/** Prints what is logged until now. */
async function show(
  context: OperatorContext,
  hosts: readonly StackHost[],
  options: LogsOptions,
): Promise<void> {
  const { connections, signal } = context;
  const found = await chosen(context, hosts, options);
  const { since, tail } = options;
  const unread = new UnreadLogs(context, hosts);
  const logs = found.map((container) => {
    const address = hosts.find(({ name }) => name === container.host)?.address;
    const onUnreadable = () => unread.add(container);
    return containerLog({
      connections,
      address,
      container,
      follow: false,
      since,
      tail,
      onUnreadable,
    });
  });
  const print = printer(options, found);
  for await (const line of mergedByTime(logs)) {
    if (signal.aborted) return;
    print(line);
  }
  await unread.settle(found.length);
}

/** Prints what is logged until the signal is aborted. */
async function follow(
  context: OperatorContext,
  hosts: readonly StackHost[],
  options: LogsOptions,
): Promise<void> {
  const { connections, signal } = context;
  const { since, tail } = options;
  const unread = new UnreadLogs(context, hosts);
  const window = new ReorderWindow(windowMs);
  const print = printer(options, await chosen(context, hosts, options));
  const followOne = async (host: StackHost) => {
    const lastAt = new Map<string, string>();
    while (!signal.aborted) {
      const followed = followHost({
        connections,
        host,
        list: async () =>
          (await containersOn(connections, context.stack, host)).filter(isWanted(options)),
        since,
        tail,
        lastAt,
        onLine: (line) => window.add(line, performance.now()),
        onUnreadable: (container) => unread.add(container),
        onNew: ({ name }) => say(options, `${name} started on ${host.name}`),
      });
      await Promise.race([followed, untilAborted(signal)]).catch((error: unknown) => {
        if (signal.aborted) return;
        say(options, `${errorMessage(error)}; trying again`);
      });
      await delay(reconnectAfterMs, undefined, { signal }).catch(() => undefined);
    }
  };
  const timer = setInterval(() => {
    for (const line of window.due(performance.now())) print(line);
  }, showEveryMs);
  try {
    await Promise.all(hosts.map(followOne));
  } finally {
    clearInterval(timer);
    for (const line of window.rest()) print(line);
  }
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
}

/** Containers whose logs are wanted, on the hosts that answer. */
async function chosen(
  { connections, stack }: OperatorContext,
  hosts: readonly StackHost[],
  options: LogsOptions,
): Promise<ServiceContainer[]> {
  const lists = await Promise.allSettled(
    hosts.map((host) => containersOn(connections, stack, host)),
  );
  const failures = lists.flatMap((list, index) =>
    list.status === 'fulfilled' ? [] : [`${hosts[index]?.name}: ${errorMessage(list.reason)}`],
  );
  if (failures.length === hosts.length) {
    throw new PerchError('process_failed', failures.join('; ') || 'the stack has no hosts');
  }
  for (const failure of failures) say(options, failure);
  const all = lists.flatMap((list) => (list.status === 'fulfilled' ? list.value : []));
  const { member } = options;
  if (member !== undefined) {
    const members = all.filter(({ part }) => part === 'app');
    requireNamed('member', member, members);
  }
  return all.filter(isWanted(options));
}

function isWanted({ all, track, member }: LogsOptions) {
  return (container: ServiceContainer): boolean => {
    if (member !== undefined) return container.name === member;
    if (track !== undefined) return container.track === track;
    return all || container.part === 'app';
  };
}

function say({ json }: LogsOptions, text: string): void {
  if (!json) console.error(`perch: ${text}`);
}

function printer(
  { json }: LogsOptions,
  containers: readonly ServiceContainer[],
): (line: LogLine) => void {
  const text = new LogText(process.stdout.isTTY && process.env['NO_COLOR'] === undefined);
  text.align(containers.map(({ name }) => name));
  return (line) => {
    const { at: time, from } = line;
    console.log(json ? JSON.stringify({ time, from, text: line.text }) : text.line(line));
  };
}
