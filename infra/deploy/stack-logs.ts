import type { Stack } from '@pulumi/pulumi/automation/index.js';
import { exportedState } from '../recovery/exported-state.ts';
import { hostsOf, serviceOf } from '../recovery/stack-hosts.ts';
import { firstLine } from './failure.ts';
import {
  failureLogText,
  fetchFailureLogs,
  keepFailureLogs,
  type ContainerLog,
} from './failure-logs.ts';
import { membersIn } from './release-health.ts';

/**
 * Prints and keeps the logs of a stack's containers that failed, while they exist. Never throws: what
 * follows comes first, also if the logs cannot be had.
 * @param failure text that may name members that failed although their containers may be healthy.
 * @param say prints one line.
 */
export async function keepStackLogs(
  stack: Stack,
  failure: string,
  say: (line: string) => void,
): Promise<ContainerLog[]> {
  const { name } = stack;
  try {
    const state = await exportedState(stack);
    const service = serviceOf(state);
    if (service === undefined) return [];
    const hosts = hostsOf(state);
    const logs = await fetchFailureLogs({ hosts, service, members: membersIn(failure), say });
    for (const log of logs) console.error(`deploy: ${failureLogText(log)}`);
    if (logs.length === 0) return logs;
    const file = await keepFailureLogs(logs, {
      folder: stack.workspace.workDir,
      stack: name,
      at: new Date(),
    });
    say(`the logs are kept in ${file}`);
    return logs;
  } catch (error) {
    console.error(`deploy: the logs of ${name} were not kept: ${firstLine(error)}`);
    return [];
  }
}
