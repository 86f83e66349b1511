import { expect, test } from 'vitest';
import { makeProd } from '../../../infra/stacks/prod.ts';
import { composed } from '../../support/pulumi/pulumi-mocks.ts';
import { configFor } from '../../support/pulumi/stack-configs.ts';

async function proxyCommand(values: Record<string, unknown>): Promise<unknown> {
  const made = await composed(() => makeProd(configFor('server', values)));
  const proxy = made.find(
    ({ type, name }) => type.endsWith(':Container') && name.startsWith('proxy-'),
  );
  return proxy?.inputs['command'];
}

test('proxies get the settings of the judge that are theirs', async () => {
  const judge = { alpha: 0.01, unjudgedAfterSeconds: 90, warmUpSeconds: 0 };
  const command = await proxyCommand({ judge });
  expect(command).toEqual(expect.arrayContaining(['--unjudged-after=90', '--warm-up-seconds=0']));
});

test('a proxy of an older image gets no option that it does not know, unless the stack sets it', async () => {
  const command = await proxyCommand({ judge: { alpha: 0.01 } });
  expect(JSON.stringify(command)).not.toMatch(/unjudged|warm-up/);
});
