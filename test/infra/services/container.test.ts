import { beforeAll, describe, expect, test } from 'vitest';
import { makeBothTracks } from '../../../infra/stacks/both-tracks.ts';
import { makeProd } from '../../../infra/stacks/prod.ts';
import { clearText, composed, type MadeResource } from '../../support/pulumi/pulumi-mocks.ts';
import { configFor } from '../../support/pulumi/stack-configs.ts';

/** Every password that the random package's stand-in makes. */
const generated = /secret[0-9a-f]{64}/;
const container = 'docker:index/container:Container';
const containersOf = (made: readonly MadeResource[]) =>
  made.filter(({ type }) => type === container);

const stacks = {
  docker: () => makeBothTracks(configFor('docker')),
  server: () => makeProd(configFor('server')),
  aws: () => makeProd(configFor('aws')),
  digitalocean: () => makeProd(configFor('digitalocean')),
};

describe.each(Object.entries(stacks))('Target %s', (target, compose) => {
  let made: MadeResource[];
  beforeAll(async () => {
    made = await composed(compose);
  });

  test(`every container on target ${target} drops the rights that it does not need`, () => {
    for (const { inputs } of containersOf(made)) {
      expect(inputs).toMatchObject({
        capabilities: { drops: ['ALL'] },
        securityOpts: ['no-new-privileges:true'],
        restart: 'unless-stopped',
        logDriver: 'json-file',
        logOpts: { 'max-size': '10m', 'max-file': '3' },
      });
      expect(inputs['privileged']).toBeUndefined();
      // The provider's own wait would not say why a container failed.
      expect(inputs['wait']).toBeUndefined();
      expect(inputs['memory']).toBe(inputs['memorySwap']);
      expect(inputs['memory']).toBeGreaterThan(0);
    }
  });

  test(`Perch's own containers on target ${target} have a read-only root`, () => {
    const own = containersOf(made).filter(({ name }) => !/^(stable|canary)-/.test(name));
    expect(own.map(({ inputs }) => inputs['readOnly'])).toEqual(own.map(() => true));
  });

  test(`no secret of target ${target} is kept in the clear or stands on a command line`, () => {
    for (const { inputs } of made) expect(clearText(inputs)).not.toMatch(generated);
    for (const { inputs } of containersOf(made)) {
      expect(JSON.stringify(inputs['envs'])).toMatch(/PERCH_REDIS_URL|REDISCLI_AUTH/);
      expect(JSON.stringify(inputs['command'] ?? '')).not.toMatch(generated);
      expect(JSON.stringify(inputs['healthcheck'])).not.toMatch(generated);
    }
    const commands = made.filter(({ type }) => type.startsWith('command:'));
    for (const { inputs } of commands) {
      expect(JSON.stringify([inputs['create'], inputs['delete']])).not.toMatch(generated);
    }
  });

  test(`containers on target ${target} publish their ports on the private address only`, () => {
    const published = containersOf(made).flatMap(
      ({ inputs }) => (inputs['ports'] ?? []) as { ip: string }[],
    );
    expect(published.length).toBeGreaterThan(2);
    for (const { ip } of published) expect(ip).toMatch(/^(127\.|10\.)/);
  });

  test(`the proxy on target ${target} listens on ${target === 'docker' ? 'loopback' : 'every address'}`, () => {
    const proxy = containersOf(made).find(({ name }) => name.startsWith('proxy-'));
    const address = target === 'docker' ? '127.0.0.1' : '[::]';
    expect(proxy?.inputs['command']).toContain(`--listen=${address}:80`);
    expect(proxy?.inputs['networkMode']).toBe('host');
  });

  test(`every ssh connection of target ${target} is pinned to the known host key`, () => {
    const commands = made.filter(({ type }) => type === 'command:remote:Command');
    expect(commands.length > 2).toBe(target !== 'docker');
    for (const { inputs } of commands) {
      expect(JSON.stringify(inputs['connection'])).toContain('ssh-ed25519');
      expect(inputs['addPreviousOutputInEnv']).toBe(false);
    }
    const providers = made.filter(
      ({ type, inputs }) => type === 'pulumi:providers:docker' && inputs['host'] !== undefined,
    );
    expect(providers.length > 0).toBe(target !== 'docker');
    for (const { inputs } of providers) {
      expect(JSON.stringify(inputs['sshOpts'])).toContain('StrictHostKeyChecking=yes');
    }
  });
});
