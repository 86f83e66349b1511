/** A guest that the Redis of its host stack does not know any more, because that Redis is a new one. */
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { exportState, importState, type EditableState } from '../recovery/editable-state.ts';
import { isSameAddress, sshHostsOf } from '../recovery/control-address.ts';
import { recover } from '../recovery/recovery.ts';
import type { ControlAddress } from '../shell/control-shell.ts';
import { healthOf } from './host-health.ts';
import { offeredAddress } from './guests.ts';
import { documentOfState, withoutMembersOf } from './lost-document.ts';
import { withoutRegistrations } from './remove-host.ts';
import type { StackAccess } from './stack-access.ts';

/**
 * Registers a guest again whose host is the machine that it was, with the guest's containers on it.
 * @returns false if the host is another machine, or the guest is registered.
 * @throws PerchError `bad_input` or `conflict` if nothing was changed; `process_failed` otherwise.
 */
export async function registerAgain(access: StackAccess, host: string): Promise<boolean> {
  const hostStack = (await access.setting('hostStack')) ?? '';
  if (hostStack === '') return false;
  const { stack, say } = access;
  const state = await exportState(stack.name);
  const old = sshHostsOf(state).find(({ name }) => name === host)?.address;
  if (old === undefined) return false;
  const isSame = isSameAddress(old, await offeredAddress(access, hostStack, host));
  if (!isSame || (await healthOf(old)) !== 'healthy') return false;
  const controls = await access.controls(state);
  const service = await access.service();
  const registered = await access.registered(controls);
  if (registered.some((known) => known.service === service)) return false;
  if (withoutRegistrations(state) === undefined) {
    const text = `service ${service} is not registered with ${hostStack} any more; run this in the stack of its stable members first`;
    throw new PerchError('conflict', text);
  }
  await recover(stack, { breakLock: false, say });
  const current = await exportState(stack.name);
  await restoreUnknown(access, current, controls);
  await importState(stack.name, withoutRegistrations(current) ?? current);
  say(`the Redis of ${hostStack} is a new one: registering service ${service} again`);
  await access.up();
  say(`service ${service} is registered again`);
  return true;
}

/**
 * Stores the release of the members that the stack's state knows, if Redis knows no release of the
 * service and no proxy kept one for it.
 * @param gone host whose members are lost.
 */
export async function restoreUnknown(
  access: StackAccess,
  state: EditableState,
  controls: readonly ControlAddress[],
  gone?: string,
): Promise<void> {
  if ((await access.status(controls)).release !== null) return;
  const control = await access.living(controls);
  if (control === undefined) return;
  const service = await access.service();
  const whole = documentOfState(state, service, await access.generation());
  const document = gone === undefined ? whole : withoutMembersOf(whole, gone);
  if (document.members.length === 0) return;
  await access.restore(control, document);
  access.say(
    `restored the release of ${service} from the stack's state, with ${document.members.length} members`,
  );
}
