import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { makeStack, stackOutputs } from '../../../infra/stacks/make-stack.ts';
import { sshPublicKey } from '../../support/pulumi/ssh-keys.ts';
import { composed, composedAfterDestroy } from '../../support/pulumi/pulumi-mocks.ts';
import { configFor } from '../../support/pulumi/stack-configs.ts';

const checkout = join(import.meta.dirname, '../../..');
const bastion = `jump@198.18.1.9 ${sshPublicKey}`;
const grown = { proxyCount: 2, domain: 'shop.perch.internal', redis: 'managed' };

/** Settings with which each target makes most of what it can make. */
const stacks = {
  docker: { buildContext: 'app', canaryWeight: '10' },
  server: { buildContext: 'app', sshProxyJump: bastion },
  aws: { buildContext: 'app', ...grown },
  digitalocean: { buildContext: 'app', ...grown },
};

/** Makes a whole stack, with its outputs. */
async function make(target: keyof typeof stacks): Promise<void> {
  const config = configFor(target, stacks[target]);
  stackOutputs(config, await makeStack(config));
}

describe.each(Object.keys(stacks) as (keyof typeof stacks)[])('A stack on target %s', (target) => {
  beforeAll(() => {
    // Nothing is created, so nothing outside is asked.
    vi.stubEnv('PULUMI_RUN_PROGRAM', 'true');
    // No script or container has these paths by chance.
    vi.stubEnv('HOME', '/home-of-the-test');
    vi.stubEnv('TMPDIR', '/temporary-of-the-test');
    return () => vi.unstubAllEnvs();
  });

  test('has no path of this machine in the inputs of its resources', async () => {
    const made = await composed(() => make(target));
    expect(made.length).toBeGreaterThan(20);
    const inputs = made.map(({ type, name, inputs }) => JSON.stringify([type, name, inputs]));
    for (const path of [checkout, homedir(), tmpdir()]) {
      expect(inputs.filter((json) => json.includes(path))).toEqual([]);
    }
  });

  test('can be destroyed by its program after all of its resources have gone', async () => {
    const made = await composedAfterDestroy(() => make(target));
    expect(made.length).toBeGreaterThan(20);
  });
});
