import { z } from 'zod';
import { errorMessage } from '../../../../runtime/contract/error-message.ts';
import type { StackHost } from '../../../recovery/stack-hosts.ts';
import { inMonitor } from '../../../shell/in-monitor.ts';
import type { OperatorContext } from '../../command.ts';
import type { Asked, RedisReply } from '../survey.ts';
import { hostTimeoutMs } from './host-report.ts';

const schema = z.object({
  usedBytes: z.number(),
  maxBytes: z.number(),
  writeError: z.string().optional(),
});

/** Asks a monitor about Redis: the first of the control hosts whose monitor answers. */
export async function askRedis({
  connections,
  stack,
}: OperatorContext): Promise<Asked<RedisReply>> {
  const addresses: StackHost['address'][] =
    stack.controls.length === 0 ? [undefined] : [...stack.controls];
  const failures: string[] = [];
  for (const address of addresses) {
    try {
      const script = inMonitor(stack, ['check-redis', '--json']);
      const printed = await connections.run(address, script, { timeoutMs: hostTimeoutMs });
      return { known: true, value: schema.parse(JSON.parse(printed)) };
    } catch (error) {
      failures.push(errorMessage(error));
    }
  }
  return { known: false, why: failures[0] ?? 'the stack has no host' };
}
