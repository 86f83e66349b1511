import { expect, test } from 'vitest';
import { flagsHostName, flagsUrl } from '../../../infra/services/flags-endpoint.ts';
import { makeBothTracks } from '../../../infra/stacks/both-tracks.ts';
import { makeProd } from '../../../infra/stacks/prod.ts';
import { configProblems, valid } from '../../support/pulumi/config-problems.ts';
import { composed, type MadeResource } from '../../support/pulumi/pulumi-mocks.ts';
import { configFor } from '../../support/pulumi/stack-configs.ts';

const flagEndpoint = true;
const url = 'PERCH_FLAGS_URL=http://shop.flags.internal:8016';

const containers = (made: readonly MadeResource[], name: RegExp) =>
  made.filter((resource) => resource.type.endsWith(':Container') && name.test(resource.name));

test('a stack without a flag endpoint makes nothing of it', async () => {
  const made = await composed(() => makeProd(configFor('server')));
  expect(JSON.stringify(made)).not.toMatch(/flags|PERCH_FLAGS_URL/);
});

test('a flags server runs on every host, publishes no port, and may do no more than it must', async () => {
  const made = await composed(() => makeProd(configFor('server', { flagEndpoint })));
  const servers = containers(made, /^flags-/);
  expect(servers.map(({ name }) => name)).toEqual(['flags-web-1', 'flags-web-2']);
  for (const { name, inputs } of servers) {
    const host = name.replace('flags-', '');
    expect(inputs).toMatchObject({
      command: ['flags', 'serve', '--listen=0.0.0.0:8016'],
      networksAdvanced: [{ name: `${host}-id`, aliases: ['shop.flags.internal'] }],
      volumes: [{ containerPath: '/var/lib/perch' }],
      readOnly: true,
      capabilities: { drops: ['ALL'] },
      memory: 192,
    });
    for (const input of ['ports', 'networkMode', 'user']) expect(inputs[input]).toBeUndefined();
    expect(inputs['labels']).toContainEqual({ label: 'perch.part', value: 'flags' });
    expect(JSON.stringify(inputs['healthcheck'])).toContain("port: 8016, path: '/readyz'");
  }
});

test('members, workers and hooks get the URL of the flags server', async () => {
  const values = {
    flagEndpoint,
    beforeRelease: ['migrate'],
    workers: { mailer: { command: ['work'], onCanary: true } },
  };
  const made = await composed(() => makeBothTracks(configFor('docker', values)));
  const members = containers(made, /^(stable|canary)-/);
  expect(members.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['stable-0', 'canary-0', 'stable-worker-mailer-0']),
  );
  for (const { inputs } of members) expect(JSON.stringify(inputs['envs'])).toContain(url);
  const hook = made.find(({ name }) => name === 'before-release');
  expect(JSON.stringify(hook?.inputs['stdin'])).toContain('http://shop.flags.internal:8016');
  for (const { inputs } of containers(made, /^(proxy|monitor|flags)-/)) {
    expect(JSON.stringify(inputs['envs'])).not.toContain('PERCH_FLAGS_URL');
  }
});

test.each([
  ['shop', 'shop.flags.internal'],
  ['my.shop-2', 'my.shop-2.flags.internal'],
  ['127', '127.flags.internal'],
])('the flags server of service %s is %s', (service, host) => {
  expect(flagsHostName(service)).toBe(host);
});

test('services whose names are no host names have flags servers of their own', () => {
  const hosts = ['a_b', 'a-b', 'a..b', 'a.-b', 'a__b'].map(flagsHostName);
  expect(new Set(hosts).size).toBe(hosts.length);
  for (const service of ['a_b', 'a..b', '1'.repeat(63)]) {
    const host = flagsHostName(service);
    expect(host).toMatch(/^[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*\.flags\.internal$/);
    expect(new URL(flagsUrl(service)).hostname).toBe(host);
  }
});

test('flagEndpoint must be true or false', () => {
  expect(configProblems({ ...valid.docker, flagEndpoint: 'yes' })).toEqual([
    'perch:flagEndpoint must be true or false, got "yes"',
  ]);
});
