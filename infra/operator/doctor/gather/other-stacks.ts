import { errorMessage } from '../../../../runtime/contract/error-message.ts';
import type { OperatorContext } from '../../command.ts';
import { readStack, type DeployedStack } from '../../deployed-stack.ts';
import { stackConfig, stackNames } from '../../pulumi-cli.ts';
import type { Asked, StackVersion } from '../survey.ts';
import { hostTimeoutMs, perchVersionScript } from './host-report.ts';

/** Versions of Perch in the project's other stacks of the service, and in those that share its hosts. */
export async function otherStacks(context: OperatorContext): Promise<StackVersion[]> {
  const { stack } = context;
  const names = await stackNames();
  const found = await Promise.all(
    names
      .filter((name) => name !== stack.name)
      .map(async (name) => {
        const config = await stackConfig(name).catch(() => undefined);
        if (config === undefined || !isRelated(stack, name, config)) return [];
        return [{ stack: name, version: await versionIn(context, name) }];
      }),
  );
  return found.flat();
}

function isRelated(
  { name: own, service, config: ownConfig }: DeployedStack,
  other: string,
  config: Readonly<Record<string, string>>,
): boolean {
  return config['perch:service'] === service || leadsTo(config, own) || leadsTo(ownConfig, other);
}

/** True if a stack's configuration names another one, whose hosts or release it shares. */
function leadsTo(config: Readonly<Record<string, string>>, stack: string): boolean {
  const named = [config['perch:prodStack'], config['perch:hostStack']];
  return named.some((name) => name?.split('/').at(-1) === stack);
}

async function versionIn({ connections }: OperatorContext, name: string): Promise<Asked<string>> {
  try {
    const { edgeService, hosts } = await readStack(name);
    for (const { address } of hosts) {
      const script = perchVersionScript(edgeService);
      const printed = await connections.run(address, script, { timeoutMs: hostTimeoutMs });
      if (printed.trim() !== '') return { known: true, value: printed.trim() };
    }
    return { known: false, why: 'no monitor says its version' };
  } catch (error) {
    return { known: false, why: errorMessage(error) };
  }
}
