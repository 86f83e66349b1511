/**
 * `node scripts/deployed-stacks.ts CHECKOUT`: deploys every stack of
 * test/infra/engine/support/deployed-stacks.ts by the program in CHECKOUT, with stand-in providers,
 * and keeps the states in test/infra/engine/deployed/.
 */
import { resolve } from 'node:path';
import {
  deployedStacks,
  emptyStack,
  keepDeployed,
} from '../test/infra/engine/support/deployed-stacks.ts';
import { Engine } from '../test/infra/engine/support/engine.ts';

const [checkout] = process.argv.slice(2).map((path) => resolve(path));
if (checkout === undefined) throw new Error('the folder of a checkout must be given');

for (const [target, stacks] of Object.entries(deployedStacks)) {
  await using engine = await Engine.start('stand-ins', checkout);
  for (const [name, settings] of Object.entries(stacks)) {
    const stack = await emptyStack(engine, name, settings);
    const { ok, output } = await stack.up();
    if (!ok) throw new Error(`${target} ${name}:\n${output}`);
    await keepDeployed(target, stack, checkout);
    console.log(`kept ${target} ${name}`);
  }
}
