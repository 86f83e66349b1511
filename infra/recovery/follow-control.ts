import type { Stack } from '@pulumi/pulumi/automation/index.js';
import { controlsOf, monitoredIn, type Outputs } from '../config/prod-connection.ts';
import { livingControl, type ControlAddress } from '../shell/control-shell.ts';
import { controlAddressesOf, sshHostsOf, isSameAddress, moveControl } from './control-address.ts';
import { exportState, importState } from './editable-state.ts';
import { programSettings } from './stack-configuration.ts';

/**
 * Moves a stack's `perch` commands to a host that lives, if the one where they ran last does not answer.
 * Pulumi deletes a member over the connection that the state holds: after the control host was lost or
 * replaced, a canary stack could neither swap its members nor be destroyed. Does nothing if no other
 * host answers either; the update then tells.
 * @param outputs those of the stack.
 * @param say prints one line.
 */
export async function followControl(
  stack: Stack,
  outputs: Outputs,
  say: (line: string) => void,
): Promise<void> {
  let state = await exportState(stack.name);
  const used = controlAddressesOf(state);
  const { service, edgeService } = monitoredIn(outputs);
  const monitors = edgeService ?? service;
  if (used.length === 0 || monitors === undefined) return;
  const own = sshHostsOf(state).flatMap(({ address }) => address ?? []);
  const known = [...(await offeredControls(stack, outputs)), ...own];
  let moved = false;
  for (const gone of used) {
    if ((await livingControl(monitors, [gone])) !== undefined) continue;
    const others = known.filter((address) => !isSameAddress(address, gone));
    const next = await livingControl(monitors, others);
    if (next === undefined) continue;
    say(`perch commands run on ${next.host} now, because ${gone.host} does not answer`);
    state = moveControl(state, gone, next);
    moved = true;
  }
  if (moved) await importState(stack.name, state);
}

/** Hosts that the stack offers; for a canary stack, those that its prod stack offers now. */
async function offeredControls(stack: Stack, outputs: Outputs): Promise<ControlAddress[]> {
  const config = { ...programSettings(outputs), ...(await stack.getAllConfig()) };
  const privateKey = config['perch:sshPrivateKey']?.value ?? '';
  const prodStack = config['perch:prodStack']?.value ?? '';
  const offering = prodStack === '' ? outputs : await stack.workspace.stackOutputs(prodStack);
  return controlsOf(offering).map((control) => ({ ...control, privateKey }));
}
