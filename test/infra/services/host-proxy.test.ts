import { expect, test } from 'vitest';
import { makeProd } from '../../../infra/stacks/prod.ts';
import { composed } from '../../support/pulumi/pulumi-mocks.ts';
import { configFor } from '../../support/pulumi/stack-configs.ts';

async function proxies(values: Record<string, unknown>) {
  const made = await composed(() => makeProd(configFor('server', values)));
  return made.filter(({ type, name }) => type.endsWith(':Container') && name.startsWith('proxy-'));
}

async function proxyCommand(values: Record<string, unknown>): Promise<unknown> {
  const [first] = await proxies(values);
  return first?.inputs['command'];
}

test.each([
  { proxyWorkers: 1, workers: [1, 1] },
  { proxyWorkers: 2, workers: [1, 1] },
  { proxyWorkers: 5, workers: [3, 2] },
])(
  '$proxyWorkers workers of a host are divided into $workers',
  async ({ proxyWorkers, workers }) => {
    const made = await proxies({ proxyWorkers });
    expect(made.map(({ name }) => name)).toEqual(['proxy-web-1', 'proxy-web-1-second']);
    for (const [index, { inputs }] of made.entries()) {
      expect(inputs['command']).toContain(`--workers=${workers[index]}`);
      expect(inputs['memory']).toBe(128 + 192 * (workers[index] ?? 0));
    }
  },
);

test('both proxies of a host share its port and the last good document', async () => {
  const [first, second] = await proxies({});
  for (const input of ['volumes', 'networkMode', 'labels']) {
    expect(second?.inputs[input]).toEqual(first?.inputs[input]);
  }
});

test('proxies get the settings of the judge that are theirs', async () => {
  const judge = { alpha: 0.01, unjudgedAfterSeconds: 90, warmUpSeconds: 0 };
  const command = await proxyCommand({ judge });
  expect(command).toEqual(expect.arrayContaining(['--unjudged-after=90', '--warm-up-seconds=0']));
});

test('a proxy of an older image gets no option that it does not know, unless the stack sets it', async () => {
  const command = await proxyCommand({ judge: { alpha: 0.01 } });
  expect(JSON.stringify(command)).not.toMatch(/unjudged|warm-up/);
});
