import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sshPrivateKey } from '../../support/pulumi/ssh-keys.ts';
import { Engine, type Stack } from './support/engine.ts';
import { whyNoEngine } from './support/plugins.ts';
import type { Run } from './support/run.ts';
import { shippedStack } from './support/shipped-stacks.ts';
import { valuesIn } from './support/state-values.ts';
import { unless } from '../../support/skip.ts';

const checkout = join(import.meta.dirname, '../../..');

const reason = whyNoEngine();

interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly provider?: string;
  readonly dependencies?: readonly string[];
}

const count = (run: Run, type: string) =>
  run.operations.filter((operation) => operation.type === type).length;

const steps = (run: Run) => run.operations.map(({ operation, name }) => `${operation} ${name}`);

const targets = [
  {
    target: 'AWS',
    files: { prod: 'Pulumi.prod.yaml', canary: 'Pulumi.canary.yaml' },
    machine: 'aws:ec2/instance:Instance',
  },
  {
    target: 'DigitalOcean',
    files: {
      prod: 'docs/examples/Pulumi.prod.digitalocean.yaml',
      canary: 'docs/examples/Pulumi.canary.digitalocean.yaml',
    },
    machine: 'digitalocean:index/droplet:Droplet',
  },
  {
    target: 'servers',
    files: {
      prod: 'docs/examples/Pulumi.prod.servers.yaml',
      canary: 'docs/examples/Pulumi.canary.servers.yaml',
    },
    machine: undefined,
  },
];

describe.each(targets)(
  'The shipped stacks for $target on a real engine',
  unless(reason),
  ({ files, machine }) => {
    let engine: Engine;
    let prod: Stack;
    let canary: Stack;

    beforeAll(async () => {
      engine = await Engine.start();
      const secrets = {
        sshPrivateKey,
        ...(machine === undefined && { registryPassword: 'a-registry-password' }),
      };
      prod = await engine.stack('prod', shippedStack(files.prod), secrets);
      canary = await engine.stack('canary', shippedStack(files.canary), secrets);
    });
    afterAll(() => engine[Symbol.asyncDispose]());

    test('a canary stack without its prod stack is refused before anything is made', async () => {
      const run = await canary.up();
      expect(run).not.toSucceed();
      expect(run.output).toContain('perch:prodStack must be a prod stack that is up');
      expect(run.operations).toEqual([]);
    });

    test('a prod stack gets hosts, Redis, a monitor on each host, two members and a proxy of two containers', async () => {
      const run = await prod.up();
      expect(run.output).not.toContain('error');
      if (machine !== undefined) expect(count(run, machine)).toBe(2);
      expect(count(run, 'docker:index/container:Container')).toBe(7);
    });

    test('an update of a prod stack without a change does nothing', async () => {
      expect(steps(await prod.up())).toEqual([]);
    });

    test('every container of a prod stack waits for its host to be ready', async () => {
      const { deployment } = JSON.parse(await prod.exported()) as {
        deployment: { resources: StateResource[] };
      };
      const containers = deployment.resources.filter(({ type }) => type.endsWith(':Container'));
      expect(containers).toHaveLength(7);
      for (const { provider } of containers) {
        const urn = provider?.slice(0, provider.lastIndexOf('::'));
        const engine = deployment.resources.find((resource) => resource.urn === urn);
        expect(engine?.dependencies?.some((dependency) => dependency.endsWith('-ready'))).toBe(
          true,
        );
      }
    });

    test('a canary stack gets only members and monitors, then its share of traffic', async () => {
      const run = await canary.up();
      expect(run.output).not.toContain('error');
      if (machine !== undefined) expect(count(run, machine)).toBe(1);
      expect(count(run, 'docker:index/container:Container')).toBe(2);
      expect(steps(run).at(-1)).toBe('create canary-weight');
    });

    test('the states of prod and canary stack have no secret in the clear', async () => {
      for (const state of [await prod.exported(), await canary.exported()]) {
        expect(state).not.toMatch(/secret[0-9a-f]{64}/);
        expect(state).not.toContain(sshPrivateKey.split('\n')[2]);
        expect(state).not.toContain('a-registry-password');
      }
    });

    test('the states of prod and canary stack have no path of the checkout', async () => {
      for (const state of [await prod.exported(), await canary.exported()]) {
        const values = valuesIn(state);
        expect(values).toContain('../');
        for (const path of [checkout, engine.project]) expect(values).not.toContain(path);
      }
    });

    test('destroying a canary stack removes its share, drains its member, and only then deletes it', async () => {
      const run = await canary.destroy();
      expect(run).toSucceed();
      const order = steps(run).filter((step) => /canary-(weight-end|0|0-active)$/.test(step));
      expect(order.slice(0, 2)).toEqual(['delete canary-weight-end', 'delete canary-0-active']);
    });
  },
);
