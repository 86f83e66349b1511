import { errorMessage } from '../../../../runtime/contract/error-message.ts';
import type { OperatorContext } from '../../command.ts';
import type { DeployedStack } from '../../deployed-stack.ts';
import type { Asked, Survey } from '../survey.ts';
import { hostReport } from './host-report.ts';
import { askCertificates, askNames } from './names.ts';
import { otherStacks } from './other-stacks.ts';
import { askRedis } from './redis.ts';

/** Asks everything at once. What does not answer takes no longer than its own time limit. */
export async function makeSurvey(context: OperatorContext): Promise<Survey> {
  const { stack } = context;
  const [hosts, names, certificates, redis, others] = await Promise.all([
    Promise.all(
      stack.hosts.map(async (host) => ({
        name: host.name,
        report: await replyOf(hostReport(context, host)),
      })),
    ),
    askNames(stack),
    askCertificates(stack),
    askRedis(context),
    replyOf(otherStacks(context)),
  ]);
  return {
    service: stack.service,
    edgeService: stack.edgeService,
    stack: stack.name,
    nowMs: Date.now(),
    hosting: hostingOf(stack),
    hosts,
    names,
    certificates,
    redis,
    otherStacks: others.known ? others.value : [{ stack: 'others', version: others }],
  };
}

function hostingOf({ config }: Pick<DeployedStack, 'config'>): Survey['hosting'] {
  const target = config['perch:target'] ?? '';
  if ((config['perch:hostStack'] ?? '') !== '') return 'of-others';
  if (target === 'server') return 'given';
  return target === 'aws' || target === 'digitalocean' ? 'created' : 'of-others';
}

async function replyOf<T>(value: Promise<T>): Promise<Asked<T>> {
  try {
    return { known: true, value: await value };
  } catch (error) {
    return { known: false, why: errorMessage(error) };
  }
}
