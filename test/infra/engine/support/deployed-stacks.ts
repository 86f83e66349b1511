/** Stacks that the program of release 0.1 deployed. Their states are in test/infra/engine/deployed/. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sshPrivateKey, sshPublicKey } from '../../../support/pulumi/ssh-keys.ts';
import type { Engine, Stack } from './engine.ts';
import { stackYaml } from './stack-yaml.ts';

const root = join(import.meta.dirname, '../../../..');
const folder = join(import.meta.dirname, '../deployed');

/** Stands in the files for the folder of the checkout that the program runs from. */
const checkoutMark = '{{checkout}}';

type Settings = Readonly<Record<string, unknown>>;

const cloud = { sshCidrs: ['198.18.0.0/24'], sshPublicKey: `${sshPublicKey} deploy` };
const aws = { target: 'aws', region: 'eu-central-1', ...cloud, tags: { team: 'shop' } };
const alerts = { alertFrom: 'alerts@perch.internal', alertTo: ['team@perch.internal'] };
const digitalocean = { target: 'digitalocean', region: 'fra1', ...cloud };
const grown = { proxyCount: 2, domain: 'shop.perch.internal', redis: 'managed' };
const registry = { registry: 'registry.perch.internal/shop', registryUsername: 'deploy' };

const server = (number: number) => ({
  name: `web-${number}`,
  address: `198.18.1.${number}`,
  privateAddress: `10.0.0.${number}`,
  user: 'deploy',
  hostKey: sshPublicKey,
});

const prod = { role: 'prod', service: 'shop' };
const canary = {
  role: 'canary',
  service: 'shop',
  prodStack: 'organization/perch/prod',
  hostCount: 1,
};

/** Target -> stack -> settings, in the order in which they were deployed. */
export const deployedStacks = {
  docker: { local: { role: 'local', target: 'docker', service: 'shop' } },
  server: {
    prod: { ...prod, target: 'server', ...registry, servers: [server(1), server(2)] },
    canary: { ...canary, target: 'server', ...registry, servers: [server(3)] },
  },
  aws: {
    prod: { ...prod, ...aws, ...alerts },
    canary: { ...canary, ...aws, ...alerts },
    grown: { ...prod, ...aws, ...alerts, ...grown },
  },
  digitalocean: {
    prod: { ...prod, ...digitalocean },
    canary: { ...canary, ...digitalocean },
    grown: { ...prod, ...digitalocean, ...grown },
  },
} satisfies Record<string, Record<string, Settings>>;

export type DeployedTarget = keyof typeof deployedStacks;

/** A new stack of `engine` with the settings of a deployed one, and none of its resources. */
export async function emptyStack(engine: Engine, name: string, settings: Settings): Promise<Stack> {
  const secrets = {
    ...(settings['target'] !== 'docker' && { sshPrivateKey }),
    ...(settings['target'] === 'server' && { registryPassword: 'a-registry-password' }),
  };
  return await engine.stack(name, stackYaml(settings), secrets);
}

/** Keeps the state of `stack` in a file, without what differs from run to run. */
export async function keepDeployed(target: string, stack: Stack, checkout: string): Promise<void> {
  const volatile = new Set(['created', 'modified', 'sourcePosition', 'stackTrace']);
  const state = JSON.parse(await stack.exported(), (key, value: unknown) =>
    volatile.has(key) ? undefined : value,
  ) as { deployment: { resources: unknown[] } };
  const { resources } = state.deployment;
  const lines = resources.map((resource) => JSON.stringify(resource)).join(',\n');
  const frame = JSON.stringify({ ...state, deployment: { ...state.deployment, resources: [] } });
  const text = frame.replace('"resources":[]', () => `"resources":[\n${lines}\n]`);
  await writeFile(fileOf(target, stack.name), `${text.replaceAll(checkout, checkoutMark)}\n`);
}

/** The deployed stacks of a target, by name, as stacks of `engine`. */
export async function importDeployed(
  engine: Engine,
  target: DeployedTarget,
): Promise<ReadonlyMap<string, Stack>> {
  const stacks = new Map<string, Stack>();
  for (const [name, settings] of Object.entries(deployedStacks[target])) {
    const stack = await emptyStack(engine, name, settings);
    const state = await readFile(fileOf(target, name), 'utf8');
    await stack.importState(state.replaceAll(checkoutMark, root));
    stacks.set(name, stack);
  }
  return stacks;
}

function fileOf(target: string, name: string): string {
  return join(folder, `${target}-${name}.json`);
}
