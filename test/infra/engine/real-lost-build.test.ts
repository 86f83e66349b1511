import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sshPrivateKey, sshPublicKey } from '../../support/pulumi/ssh-keys.ts';
import { unless } from '../../support/skip.ts';
import { Engine, type Stack } from './support/engine.ts';
import { whyNoLongTest } from './support/plugins.ts';
import type { Operation } from './support/run.ts';
import { stackYaml } from './support/stack-yaml.ts';

/** `docker` and `ssh` of machines that have no image, of which none can be sent. */
const without = 'case "$*" in *"image inspect"*) echo absent; exit 1 ;; esac';

describe('A build that its machine did not bring to the hosts', unless(whyNoLongTest()), () => {
  let engine: Engine;
  let stack: Stack;

  beforeAll(async () => {
    engine = await Engine.start();
    const server = {
      name: 'web-1',
      address: '198.18.1.1',
      privateAddress: '10.0.0.1',
      user: 'deploy',
      hostKey: sshPublicKey,
    };
    const config = { role: 'prod', target: 'server', service: 'shop', registry: 'none' };
    const yaml = stackYaml({ ...config, servers: [server], stableCount: 1 });
    stack = await engine.stack('prod', yaml, { sshPrivateKey });
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  const builds = (operations: readonly Operation[]) =>
    operations.filter(
      ({ type, operation }) => type === 'docker:index/image:Image' && operation === 'create',
    );

  test('is built again by the next deployment, and by no other one', async () => {
    engine.programs.add('docker');
    engine.programs.add(
      'ssh',
      `case "$*" in *"image inspect"*) echo no route >&2; exit 255 ;; esac`,
    );
    const first = await stack.up();
    expect(first).not.toSucceed();
    expect(first.output).toContain('host web-1 did not say whether it has image');
    expect(builds(first.operations)).toHaveLength(1);
    // Another machine, whose engine has never seen the image.
    engine.programs.add('docker', without);
    const again = await engine.deploy(['--stack', 'prod', '--verify', '0']);
    expect(again.output).toContain('building images again that are on no machine any more');
    expect(builds(again.operations)).toHaveLength(1);
    engine.programs.add('docker');
    const kept = await engine.deploy(['--stack', 'prod', '--verify', '0']);
    expect(kept.output).not.toContain('building images again');
    expect(builds(kept.operations)).toEqual([]);
  });
});
