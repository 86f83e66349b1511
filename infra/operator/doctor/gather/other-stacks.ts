import { errorMessage } from '../../../../runtime/contract/error-message.ts';
import type { OperatorContext } from '../../command.ts';
import { readStack, type DeployedStack } from '../../deployed-stack.ts';
import { stackConfig, stackNames } from '../../pulumi-cli.ts';
import type { Fact, StackVersion } from '../facts.ts';
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
  const leadsTo = (from: Readonly<Record<string, string>>, to: string) =>
    ['perch:prodStack', 'perch:hostStack'].some((key) => from[key]?.split('/').at(-1) === to);
  return config['perch:service'] === service || leadsTo(config, own) || leadsTo(ownConfig, other);
}

async function versionIn({ connections }: OperatorContext, name: string): Promise<Fact<string>> {
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
