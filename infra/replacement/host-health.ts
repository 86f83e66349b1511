import { PerchError } from '../../runtime/contract/perch-error.ts';
import { onControl, type ControlAddress } from '../shell/control-shell.ts';
import { isSshFailure } from '../shell/program.ts';

/** State of a host's machine: it serves, it answers without a Docker engine, or it does not answer. */
export type Health = 'healthy' | 'without-docker' | 'silent';

/** Asks a host's machine for its state. */
export async function healthOf(address: ControlAddress): Promise<Health> {
  try {
    await onControl(address, 'docker info > /dev/null 2>&1 || exit 3');
    return 'healthy';
  } catch (error) {
    if (isSshFailure(error)) return 'silent';
    if (error instanceof PerchError && error.code === 'process_failed') return 'without-docker';
    throw error;
  }
}
