import { expect, test } from 'vitest';
import { readState } from '../../../infra/recovery/exported-state.ts';
import { hostsOf, serviceOf } from '../../../infra/recovery/stack-hosts.ts';

const urn = (path: string) => `urn:pulumi:prod::perch::${path}`;
const host = urn('perch:server:Target$perch:host:Ssh::web-1');
const connection = { host: '198.51.100.1', user: 'deploy', hostKey: 'k', privateKey: 'p' };

const state = readState({
  resources: [
    { urn: urn('pulumi:providers:docker::default_5_2_0'), type: 'pulumi:providers:docker' },
    {
      urn: urn('perch:server:Target$perch:host:Ssh$pulumi:providers:docker::web-1'),
      type: 'pulumi:providers:docker',
      parent: host,
    },
    {
      urn: urn('perch:server:Target$perch:host:Ssh$command:remote:Command::web-1-ready'),
      type: 'command:remote:Command',
      parent: host,
      inputs: { connection },
    },
    {
      urn: urn('perch:docker:Target$perch:host:Docker$pulumi:providers:docker::shop'),
      type: 'pulumi:providers:docker',
      parent: urn('perch:docker:Target$perch:host:Docker::shop'),
    },
    {
      urn: urn('docker:index/container:Container::stable-0'),
      type: 'docker:index/container:Container',
      inputs: { labels: [{ label: 'perch.service', value: 'shop' }] },
    },
  ],
});

test("a stack's state names its hosts and how they are reached", () => {
  expect(hostsOf(state)).toEqual([
    { name: 'web-1', address: { ...connection, port: 22 } },
    { name: 'shop', address: undefined },
  ]);
});

test("a stack's state names its service", () => {
  expect(serviceOf(state)).toBe('shop');
  expect(serviceOf(readState({}))).toBeUndefined();
});
