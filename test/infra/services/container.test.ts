import { beforeAll, describe, expect, test } from 'vitest';
import { makeLocal } from '../../../infra/stacks/local.ts';
import { makeProd } from '../../../infra/stacks/prod.ts';
import { clearText, composed, type MadeResource } from '../../support/pulumi-mocks.ts';
import { configFor } from '../../support/stack-configs.ts';

/** Every password that the random package's stand-in makes. */
const generated = /secret[0-9a-f]{64}/;
const container = 'docker:index/container:Container';
const containersOf = (made: readonly MadeResource[]) =>
  made.filter(({ type }) => type === container);

const stacks = {
  docker: () => makeLocal(configFor('docker')),
  server: () => makeProd(configFor('server')),
  aws: () => makeProd(configFor('aws')),
  digitalocean: () => makeProd(configFor('digitalocean')),
};

describe.each(Object.entries(stacks))('on target %s', (target, compose) => {
  let made: MadeResource[];
  beforeAll(async () => {
    made = await composed(compose);
  });

  test('every container gives up what it can do without', () => {
    for (const { inputs } of containersOf(made)) {
      expect(inputs).toMatchObject({
        capabilities: { drops: ['ALL'] },
        securityOpts: ['no-new-privileges:true'],
        restart: 'unless-stopped',
        wait: true,
        logDriver: 'json-file',
        logOpts: { 'max-size': '10m', 'max-file': '3' },
      });
      expect(inputs['privileged']).toBeUndefined();
      expect(inputs['memory']).toBe(inputs['memorySwap']);
      expect(inputs['memory']).toBeGreaterThan(0);
    }
  });

  test("Perch's own containers have a read-only root", () => {
    const own = containersOf(made).filter(({ name }) => !/^(stable|canary)-/.test(name));
    expect(own.map(({ inputs }) => inputs['readOnly'])).toEqual(own.map(() => true));
  });

  test('no secret is kept in the clear, or stands on a command line', () => {
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

  test('ports are published on the private address only', () => {
    const published = containersOf(made).flatMap(
      ({ inputs }) => (inputs['ports'] ?? []) as { ip: string }[],
    );
    expect(published.length).toBeGreaterThan(2);
    for (const { ip } of published) expect(ip).toMatch(/^(127\.|10\.)/);
  });

  test('the proxy listens for the world, but on this machine on loopback', () => {
    const proxy = containersOf(made).find(({ name }) => name.startsWith('proxy-'));
    const address = target === 'docker' ? '127.0.0.1' : '0.0.0.0';
    expect(proxy?.inputs['command']).toContain(`--listen=${address}:80`);
    expect(proxy?.inputs['networkMode']).toBe('host');
  });

  test('ssh, where there is any, is pinned to the known host key', () => {
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

test('members are spread over the hosts in turn', async () => {
  const made = await composed(() => makeProd(configFor('server', { stableCount: 3 })));
  const reservations = made.filter(
    ({ type, name }) => type === 'command:remote:Command' && /^stable-\d$/.test(name),
  );
  const hosts = reservations
    .toSorted((a, b) => a.name.localeCompare(b.name))
    .map(({ inputs }) => /--host=(\S+)/.exec(String(inputs['create']))?.[1]);
  expect(hosts).toEqual(['web-1', 'web-2', 'web-1']);
});

test('an image by digest is pulled, not built', async () => {
  const digest = `registry.example.com/shop@sha256:${'a'.repeat(64)}`;
  const made = await composed(() =>
    makeProd(configFor('server', { image: digest, runtimeImage: digest })),
  );
  expect(made.filter(({ type }) => type === 'docker:index/image:Image')).toEqual([]);
  const pulled = made.filter(({ type }) => type === 'docker:index/remoteImage:RemoteImage');
  expect(new Set(pulled.map(({ inputs }) => inputs['name']))).toEqual(new Set([digest]));
  expect(pulled.map(({ inputs }) => inputs['keepLocally'])).toEqual(pulled.map(() => true));
});
