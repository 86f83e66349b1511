import { z } from 'zod';
import { errorMessage } from '../../../../runtime/contract/error-message.ts';
import { inMonitor } from '../../../shell/in-monitor.ts';
import type { OperatorContext } from '../../command.ts';
import { firstControl } from '../../first-control.ts';
import type { Asked, RedisReply } from '../survey.ts';
import { hostTimeoutMs } from './host-report.ts';

const schema = z.object({
  usedBytes: z.number(),
  maxBytes: z.number(),
  writeError: z.string().optional(),
});

/** Asks a monitor about Redis: the first of the control hosts whose monitor answers. */
export async function askRedis(context: OperatorContext): Promise<Asked<RedisReply>> {
  const { connections, stack } = context;
  const script = inMonitor(stack, ['check-redis', '--json']);
  try {
    const value = await firstControl(context, async (address) => {
      const printed = await connections.run(address, script, { timeoutMs: hostTimeoutMs });
      return schema.parse(JSON.parse(printed));
    });
    return { known: true, value };
  } catch (error) {
    return { known: false, why: errorMessage(error) };
  }
}
