/** Logs of the containers that failed. A rollback removes the containers, and their logs with them. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StackHost } from '../recovery/stack-hosts.ts';
import { onControl } from '../shell/control-shell.ts';
import {
  failingContainers,
  parseFailingContainers,
  type FailingContainer,
} from '../shell/failing-containers.ts';
import { firstLine } from './failure.ts';
import { programName } from './release-log.ts';

export interface ContainerLog extends FailingContainer {
  readonly host: string;
}

export interface FailureLogsOptions {
  readonly hosts: readonly StackHost[];
  readonly service: string;
  /** Ids of members that failed although their containers may be healthy. */
  readonly members: readonly string[];
  /** Prints one line. */
  readonly say: (line: string) => void;
}

/** Fetches the logs from every host that answers. Never throws: the failure itself must be reported. */
export async function fetchFailureLogs(options: FailureLogsOptions): Promise<ContainerLog[]> {
  const { hosts, service, members, say } = options;
  const script = failingContainers(service, members);
  const found = hosts.map(async ({ name, address }) => {
    try {
      const containers = parseFailingContainers(await onControl(address, script));
      return containers.map((container) => ({ ...container, host: name }));
    } catch (error) {
      say(`the logs of ${name} could not be read: ${firstLine(error)}`);
      return [];
    }
  });
  return (await Promise.all(found)).flat();
}

/** Log with a heading of one line. Pure. */
export function failureLogText({ name, host, status, lines }: ContainerLog): string {
  const heading = `container ${name} on ${host}, ${status}; its last log lines:`;
  return [heading, ...lines.map((line) => `  ${line}`)].join('\n');
}

/** Longest text of one log in a notification, and most logs: a channel takes only so much. */
const longestNotified = 2_000;
const mostNotified = 3;

/** Logs as texts for a notification: the first of them, each without its oldest lines if it is long. */
export function notifiedLogs(logs: readonly ContainerLog[]): string[] {
  return logs.slice(0, mostNotified).map((log) => {
    let lines = log.lines;
    while (lines.length > 1 && failureLogText({ ...log, lines }).length > longestNotified) {
      lines = lines.slice(1);
    }
    return failureLogText({ ...log, lines }).slice(0, longestNotified);
  });
}

/**
 * Keeps the logs in a file of the project.
 * @param at time of the failure.
 * @returns the file's path, relative to `folder`.
 */
export async function keepFailureLogs(
  logs: readonly ContainerLog[],
  { folder, stack, at }: { readonly folder: string; readonly stack: string; readonly at: Date },
): Promise<string> {
  const time = at.toISOString().replaceAll(':', '-');
  // The slashes of a name with its organization would be those of folders.
  const file = join('.perch/failures', `${programName(stack)}-${time}.log`);
  await mkdir(join(folder, '.perch/failures'), { recursive: true, mode: 0o700 });
  const text = logs.map((log) => `${failureLogText(log)}\n`).join('\n');
  await writeFile(join(folder, file), text, { mode: 0o600 });
  return file;
}
