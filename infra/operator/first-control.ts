import { PerchError } from '../../runtime/contract/perch-error.ts';
import type { HostAddress } from '../shell/host-connections.ts';
import type { OperatorContext } from './command.ts';

/**
 * Returns the answer of the first control host that gives one; without any it asks this machine.
 * @param ask asks one host.
 * @param triesNext false for a failure that another host would have too. Default: true for all.
 * @throws unknown the first host's failure, with the host's name.
 */
export async function firstControl<T>(
  { stack }: Pick<OperatorContext, 'stack'>,
  ask: (address: HostAddress) => Promise<T>,
  triesNext: (error: unknown) => boolean = () => true,
): Promise<T> {
  const candidates = stack.controls.length === 0 ? [undefined] : stack.controls;
  const failures: unknown[] = [];
  for (const address of candidates) {
    try {
      return await ask(address);
    } catch (error) {
      if (!triesNext(error)) throw error;
      failures.push(address === undefined ? error : about(address.host, error));
    }
  }
  throw failures[0];
}

function about(host: string, error: unknown): unknown {
  if (!(error instanceof PerchError) || error.message.includes(host)) return error;
  return new PerchError(error.code, `${host}: ${error.message}`, { cause: error });
}
