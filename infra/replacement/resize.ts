import { PerchError } from '../../runtime/contract/perch-error.ts';
import { labels } from '../../runtime/contract/labels.ts';
import { changedHostVariable } from '../config/changed-host.ts';
import { sshHostsOf } from '../recovery/control-address.ts';
import { recover } from '../recovery/recovery.ts';
import { exportState, type EditableState } from '../recovery/editable-state.ts';
import { onControl, type ControlAddress } from '../shell/control-shell.ts';
import { isBalanced, leaveBalancer, rejoinBalancer } from './balancer.ts';
import { sizeChanges, type SizeChange } from './size-changes.ts';
import { hostProblem, type StackAccess } from './stack-access.ts';

/** Time in which a machine with a new size has to be back with all of its containers, seconds. */
const restartSeconds = 600;
const verifySeconds = 90;

/**
 * Gives every machine of a stack the size of `perch:size`, one after the other. The next host is
 * changed only once everything on the one before is healthy again.
 * @throws PerchError `conflict` if nothing was changed; `process_failed` if a host is not back: no
 * further host was changed then.
 */
export async function resize(access: StackAccess, acceptOutage: boolean): Promise<void> {
  const { stack, say } = access;
  const target = (await access.setting('target')) ?? '';
  const state = await exportState(stack.name);
  const changes = sizeChanges(state, target, await access.setting('size'));
  if (changes.length === 0) {
    say(`every machine of ${stack.name} has the configured size`);
    return;
  }
  await recover(stack, { breakLock: false, say });
  const outages = changes.filter(({ outage }) => outage !== undefined);
  if (outages.length > 0 && !acceptOutage) {
    const lines = outages.map(({ host, outage }) => `  ${host}: ${outage}`);
    throw new PerchError(
      'conflict',
      `nothing was changed: requests fail while these hosts restart, 1 to 5 minutes each; add ` +
        `--accept-outage to accept that:\n${lines.join('\n')}`,
    );
  }
  for (const change of changes) await resizeHost(access, change, acceptOutage);
  say(`every machine of ${stack.name} has the configured size now`);
}

async function resizeHost(
  access: StackAccess,
  { host, from, to }: SizeChange,
  acceptOutage: boolean,
): Promise<void> {
  const { stack, say } = access;
  const before = await exportState(stack.name);
  const controls = await access.controls(before);
  const service = await access.service();
  say(`host ${host}: ${from} becomes ${to}`);
  const members = await drained(access, controls, host, acceptOutage);
  const old = addressOf(before, host);
  if (isBalanced(before)) {
    say(`host ${host}: waiting until the load balancer sends it no requests`);
    await leaveBalancer(old, service);
  }
  stack.workspace.envVars = { ...stack.workspace.envVars, [changedHostVariable]: host };
  try {
    await access.up();
  } finally {
    const { [changedHostVariable]: _done, ...rest } = stack.workspace.envVars;
    stack.workspace.envVars = rest;
  }
  const after = await exportState(stack.name);
  const address = addressOf(after, host);
  say(`host ${host}: waiting until everything on it is healthy`);
  await access.untilNoProblem(() => containerProblem(address, service, host), restartSeconds);
  const reachable = await access.controls(after);
  if (members.length > 0) {
    const only = members.map((id) => `--member=${id}`);
    await access.perch(reachable, 'host', 'undrain', host, ...only, '--json');
  }
  await access.untilNoProblem(
    async () => hostProblem(await access.status(reachable), host, members.length),
    verifySeconds,
  );
  if (isBalanced(after)) {
    say(`host ${host}: waiting until the load balancer sends it requests again`);
    await rejoinBalancer(address, service);
  }
  say(`host ${host} has ${to} and serves again`);
}

function addressOf(state: EditableState, host: string): ControlAddress {
  const address = sshHostsOf(state).find(({ name }) => name === host)?.address;
  if (address === undefined) throw new PerchError('process_failed', `host ${host} has no address`);
  return address;
}

/** Drains the members of a host, and returns their ids. */
async function drained(
  access: StackAccess,
  controls: readonly ControlAddress[],
  host: string,
  acceptOutage: boolean,
): Promise<string[]> {
  const { release } = await access.status(controls);
  const members = (release?.members ?? []).filter((member) => member.host === host);
  if (members.length === 0) return [];
  try {
    await access.perch(controls, 'host', 'drain', host, '--json');
    return members.filter(({ state }) => state === 'active').map(({ id }) => id);
  } catch (error) {
    if (!acceptOutage || !(error instanceof PerchError)) throw error;
    access.say(`host ${host} is changed without draining it: ${error.message}`);
    return [];
  }
}

/** Reason why not everything of the service runs on a host; undefined if it does. */
async function containerProblem(
  address: ControlAddress,
  service: string,
  host: string,
): Promise<string | undefined> {
  const listed = await onControl(
    address,
    `docker ps --all --filter label=${labels.service}=${service} --format '{{.Names}}: {{.Status}}'`,
  );
  const containers = listed.split('\n').filter((line) => line !== '');
  const unwell = containers.filter((line) => !line.endsWith('(healthy)'));
  if (containers.length === 0) return `host ${host} runs no container of ${service}`;
  return unwell.length === 0 ? undefined : `on host ${host}, ${unwell.join(', ')}`;
}
