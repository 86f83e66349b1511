import { PerchError } from '../../runtime/contract/perch-error.ts';
import { changedHostVariable } from '../config/changed-host.ts';
import { sshHostsOf } from '../recovery/control-address.ts';
import { recover } from '../recovery/recovery.ts';
import { exportState, type EditableState } from '../recovery/editable-state.ts';
import type { ControlAddress } from '../shell/control-shell.ts';
import { hasLeftBalancer, isBalanced, leaveBalancer, rejoinBalancer } from './balancer.ts';
import {
  expectedMembers,
  guestOutage,
  isDrained,
  membersProblem,
  type HostedService,
} from './host-members.ts';
import { sizeChanges, type SizeChange } from './size-changes.ts';
import type { StackAccess } from './stack-access.ts';
import { unwellContainers, type UnwellContainer } from './unwell-containers.ts';

/** Time in which a machine with a new size has to be back with all of its containers, seconds. */
const restartSeconds = 600;
const verifySeconds = 90;

/**
 * Gives every machine of a stack the size of `perch:size`, one after the other. The next host is
 * changed only once everything on the one before is healthy again. What an earlier run left half done
 * is finished first.
 * @throws PerchError `bad_input` or `conflict` if nothing was changed; `process_failed` if a host is
 * not back: no further host was changed then.
 */
export async function resize(access: StackAccess, acceptOutage: boolean): Promise<void> {
  const { stack, say } = access;
  const hostStack = await access.setting('hostStack');
  if (hostStack !== undefined && hostStack !== '') {
    throw new PerchError('bad_input', `the hosts of ${stack.name} belong to ${hostStack}`);
  }
  const target = (await access.setting('target')) ?? '';
  const state = await exportState(stack.name);
  const changes = sizeChanges(state, target, await access.setting('size'));
  if (!acceptOutage) refuseOutages(changes);
  const unchanged = sshHostsOf(state)
    .map(({ name }) => name)
    .filter((name) => changes.every(({ host }) => host !== name));
  const service = await access.service();
  for (const host of unchanged)
    await untilWell(access, addressOf(state, host), { host, services: [service] });
  const controls = await access.controls(state);
  const services = await servicesOf(access, controls);
  if (!acceptOutage) {
    const outages = changes.map((change) => ({
      ...change,
      outage: guestOutage(services, change.host),
    }));
    refuseOutages(outages);
  }
  const halfDone: string[] = [];
  for (const host of unchanged) {
    const hasLeft = isBalanced(state) && (await hasLeftBalancer(addressOf(state, host), service));
    if (hasLeft || isDrained(services, host)) halfDone.push(host);
  }
  if (changes.length === 0 && halfDone.length === 0) {
    say(`every machine of ${stack.name} has the configured size`);
    return;
  }
  await recover(stack, { breakLock: false, say });
  for (const host of halfDone) {
    say(`host ${host} was drained by an earlier run that did not end`);
    await finish(access, host, { services, unwellBefore: [] });
  }
  for (const change of changes) await resizeHost(access, change, acceptOutage);
  say(`every machine of ${stack.name} has the configured size now`);
}

/** @throws PerchError `conflict` with the hosts without which requests fail. */
function refuseOutages(changes: readonly SizeChange[]): void {
  const lines = changes.flatMap(({ host, outage }) =>
    outage === undefined ? [] : [`  ${host}: ${outage}`],
  );
  if (lines.length === 0) return;
  throw new PerchError(
    'conflict',
    `nothing was changed: requests fail while these hosts restart, 1 to 5 minutes each; add ` +
      `--accept-outage to accept that:\n${lines.join('\n')}`,
  );
}

/** The stack's own service first, then its console, then its guests. */
async function servicesOf(
  access: StackAccess,
  controls: readonly ControlAddress[],
): Promise<HostedService[]> {
  const console = await access.ofConsole();
  const guests = await access.guests(controls);
  const all: readonly { readonly one: StackAccess; readonly kind: HostedService['kind'] }[] = [
    { one: access, kind: 'own' },
    ...(console === undefined ? [] : [{ one: console, kind: 'console' as const }]),
    ...guests.map(({ service }) => ({ one: access.ofService(service), kind: 'guest' as const })),
  ];
  const services: HostedService[] = [];
  for (const { one, kind } of all) {
    services.push({ service: await one.service(), kind, status: await one.status(controls) });
  }
  return services;
}

async function resizeHost(
  access: StackAccess,
  { host, from, to }: SizeChange,
  acceptOutage: boolean,
): Promise<void> {
  const { stack, say } = access;
  const before = await exportState(stack.name);
  const controls = await access.controls(before);
  const services = await servicesOf(access, controls);
  const old = addressOf(before, host);
  const unwell = await unwellContainers(old, namesOf(services)).catch(nothingKnown);
  const unwellBefore = unwell.flatMap(({ name, isStarting }) => (isStarting ? [] : [name]));
  say(`host ${host}: ${from} becomes ${to}`);
  await drain(access, controls, { host, services, acceptOutage });
  if (isBalanced(before)) {
    say(`host ${host}: waiting until the load balancer sends it no requests`);
    await leaveBalancer(old, await access.service());
  }
  stack.workspace.envVars = { ...stack.workspace.envVars, [changedHostVariable]: host };
  try {
    await access.up();
  } finally {
    const { [changedHostVariable]: _done, ...rest } = stack.workspace.envVars;
    stack.workspace.envVars = rest;
  }
  await finish(access, host, { services, unwellBefore });
  say(`host ${host} has ${to}`);
}

/** Nothing is known of the containers of a host that did not answer before it was changed. */
function nothingKnown(error: unknown): UnwellContainer[] {
  if (error instanceof PerchError) return [];
  throw error;
}

/** Waits for a changed host, and lets it serve again. It may be repeated. */
async function finish(
  access: StackAccess,
  host: string,
  {
    services,
    unwellBefore,
  }: { readonly services: readonly HostedService[]; readonly unwellBefore: readonly string[] },
): Promise<void> {
  const { stack, say } = access;
  const state = await exportState(stack.name);
  const address = addressOf(state, host);
  await untilWell(access, address, { host, services: namesOf(services), except: unwellBefore });
  const controls = await access.controls(state);
  const expected = expectedMembers(services, host);
  if ([...expected.values()].some((ids) => ids.length > 0)) {
    await access.perch(controls, 'host', 'undrain', host, '--json');
  }
  await access.untilNoProblem(
    async () => membersProblem(await servicesOf(access, controls), host, expected),
    verifySeconds,
  );
  if (isBalanced(state)) {
    say(`host ${host}: waiting until the load balancer sends it requests again`);
    await rejoinBalancer(address, await access.service());
  }
  say(`host ${host} serves again`);
}

/**
 * Waits until every container of some services on a host is healthy.
 * @param wanted.except containers that were not healthy before the host was changed.
 * @throws PerchError `process_failed` with those that are not after ten minutes.
 */
async function untilWell(
  access: StackAccess,
  address: ControlAddress,
  wanted: {
    readonly host: string;
    readonly services: readonly string[];
    readonly except?: readonly string[];
  },
): Promise<void> {
  const { host, services, except = [] } = wanted;
  let attempts = 0;
  await access.untilNoProblem(async () => {
    attempts += 1;
    if (attempts === 2) access.say(`host ${host}: waiting until everything on it is healthy`);
    const unwell = await unwellContainers(address, services);
    const worse = unwell.filter(({ name }) => !except.includes(name));
    if (worse.length === 0) return undefined;
    return `on host ${host}, ${worse.map(({ text }) => text).join(', ')}`;
  }, restartSeconds);
}

function namesOf(services: readonly HostedService[]): string[] {
  return services.map(({ service }) => service);
}

function addressOf(state: EditableState, host: string): ControlAddress {
  const address = sshHostsOf(state).find(({ name }) => name === host)?.address;
  if (address === undefined) throw new PerchError('process_failed', `host ${host} has no address`);
  return address;
}

/** Drains the members that a host has of any service. */
async function drain(
  access: StackAccess,
  controls: readonly ControlAddress[],
  change: {
    readonly host: string;
    readonly services: readonly HostedService[];
    readonly acceptOutage: boolean;
  },
): Promise<void> {
  const { host, services, acceptOutage } = change;
  const members = [...expectedMembers(services, host).values()].flat();
  if (members.length === 0) return;
  const accepted = acceptOutage ? ['--accept-outage'] : [];
  try {
    await access.perch(controls, 'host', 'drain', host, ...accepted, '--json');
  } catch (error) {
    if (!acceptOutage || !(error instanceof PerchError)) throw error;
    access.say(`host ${host} is changed without draining it: ${error.message}`);
  }
}
