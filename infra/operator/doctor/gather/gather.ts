import { errorMessage } from '../../../../runtime/contract/error-message.ts';
import type { OperatorContext } from '../../command.ts';
import type { Fact, Facts } from '../facts.ts';
import { hostReport } from './host-report.ts';
import { certificateFacts, nameFacts } from './names.ts';
import { otherStacks } from './other-stacks.ts';
import { redisFacts } from './redis.ts';

/** Gathers all facts at once. What does not answer takes no longer than its own time limit. */
export async function gatherFacts(context: OperatorContext): Promise<Facts> {
  const { stack } = context;
  const [hosts, names, certificates, redis, others] = await Promise.all([
    Promise.all(
      stack.hosts.map(async (host) => ({
        name: host.name,
        report: await fact(hostReport(context, host)),
      })),
    ),
    nameFacts(stack),
    certificateFacts(stack),
    redisFacts(context),
    fact(otherStacks(context)),
  ]);
  return {
    service: stack.service,
    edgeService: stack.edgeService,
    stack: stack.name,
    nowMs: Date.now(),
    hosts,
    names,
    certificates,
    redis,
    otherStacks: others.known ? others.value : [{ stack: 'others', version: others }],
  };
}

async function fact<T>(value: Promise<T>): Promise<Fact<T>> {
  try {
    return { known: true, value: await value };
  } catch (error) {
    return { known: false, why: errorMessage(error) };
  }
}
