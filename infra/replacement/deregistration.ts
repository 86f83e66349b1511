/** Ids and ports of the members of a host that is gone. */
import type { ControlAddress } from '../shell/control-shell.ts';
import type { StackAccess } from './stack-access.ts';

/** Longest silence of a monitor that is alive, seconds, with some patience. */
const silenceSeconds = 30;

/** Frees the ids and ports of the host's members, once its monitor has been silent for long enough. */
export async function deregisterHost(
  access: StackAccess,
  controls: readonly ControlAddress[],
  host: string,
): Promise<void> {
  await access.untilNoProblem(async () => {
    const { release } = await access.status(controls);
    const ids = release?.members.flatMap((member) => (member.host === host ? [member.id] : []));
    if (ids === undefined || ids.length === 0) return undefined;
    await access.perch(controls, 'member', 'deregister', `--host=${host}`, '--json');
    access.say(`deregistered ${ids.join(', ')}`);
    return undefined;
  }, silenceSeconds);
}

/** Frees old members by their ids, where no other host could do it before. */
export async function deregisterIds(
  access: StackAccess,
  controls: readonly ControlAddress[],
  ids: readonly string[],
): Promise<void> {
  for (const id of ids) {
    await access.perch(controls, 'member', 'drain', `--id=${id}`);
    await access.perch(controls, 'member', 'deregister', `--id=${id}`);
  }
}
