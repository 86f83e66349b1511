import { expect, test } from 'vitest';
import {
  addressOf as addressIn,
  controlAddressesOf,
  sshHostsOf,
  moveControl,
} from '../../../infra/recovery/control-address.ts';
import { createScript, type EditableState } from '../../../infra/recovery/editable-state.ts';
import { nameOf } from '../../../infra/recovery/exported-state.ts';
import { documentOfState } from '../../../infra/replacement/lost-document.ts';
import {
  carriesRedis,
  removeHost,
  urnsOnHost,
  withoutRegistrations,
} from '../../../infra/replacement/remove-host.ts';
import { addressOf, danglingReferences, deployedState } from './states.ts';

const named = (state: EditableState) =>
  state.deployment.resources.map((resource) => `${resource.type} ${nameOf(resource)}`);

/** Resources of a state that a removal leaves none of. */
function difference(before: EditableState, after: EditableState): string[] {
  const left = named(after);
  return named(before)
    .filter((line) => !left.includes(line))
    .map((line) => line.replace(/^.*[:/](\w+) /, '$1 '))
    .toSorted();
}

test('removing a host of a grown AWS stack removes what was on it and its host key, and nothing else', () => {
  const state = deployedState('aws-grown');
  const removal = removeHost(state, 'prod-1');
  expect(difference(state, removal.state)).toEqual([
    'Command prod-1-ready',
    'Command stable-1',
    'Command stable-1-active',
    'Container monitor-prod-1',
    'Container proxy-prod-1',
    'Container stable-1',
    'Network prod-1',
    'RandomBytes shop-prod-1-host-key',
    'RandomId stable-1',
    'RemoteImage app-prod-1',
    'RemoteImage runtime-prod-1',
    'Volume proxy-prod-1',
    'docker prod-1',
  ]);
  expect(danglingReferences(removal.state)).toEqual([]);
  expect(removal.memberIds).toEqual([expect.stringMatching(/^stable-1-[0-9a-f]{8}$/)]);
});

test.each([
  ['aws-prod', 'prod-0', 'aws:ec2/instance:Instance shop-prod-0'],
  ['aws-grown', 'prod-0', 'aws:ec2/instance:Instance shop-prod-0'],
  ['aws-canary', 'canary-0', 'aws:ec2/instance:Instance shop-canary-0'],
  ['digitalocean-prod', 'prod-1', 'digitalocean:index/droplet:Droplet shop-prod-1'],
  ['digitalocean-grown', 'prod-0', 'digitalocean:index/droplet:Droplet shop-prod-0'],
  ['server-prod', 'web-1', undefined],
  ['server-canary', 'web-3', undefined],
])(
  'in the state of %s, the machine of %s alone is left to be deleted, and no reference dangles',
  (name, host, machine) => {
    const { state } = removeHost(deployedState(name), host);
    const doomed = state.deployment.resources.filter((resource) => resource.delete === true);
    expect(doomed.map((resource) => `${resource.type} ${nameOf(resource)}`)).toEqual(
      machine === undefined ? [] : [machine],
    );
    expect(danglingReferences(state)).toEqual([]);
  },
);

test('the address of a fixed machine stays, so that clients find the new one there', () => {
  const { state } = removeHost(deployedState('aws-prod'), 'prod-0');
  expect(named(state)).toContain('aws:ec2/eip:Eip shop-prod-0');
  const ocean = removeHost(deployedState('digitalocean-prod'), 'prod-0').state;
  expect(named(ocean)).toContain('digitalocean:index/reservedIp:ReservedIp shop-prod-0');
});

/** The state with a wait for a container on `host`, which release 0.1 did not have. */
function withWait(state: EditableState, host: string, name: string): EditableState {
  const { resources } = state.deployment;
  const ready = resources.find(({ urn }) => urn.endsWith(`::${host}-ready`));
  if (ready === undefined) throw new Error(`${host} has no command`);
  const urn = ready.urn.replace(/[^:]+$/, name);
  const wait = { ...ready, urn, parent: resources[0]?.urn };
  return { ...state, deployment: { ...state.deployment, resources: [...resources, wait] } };
}

test('the waits for containers of the removed host go with it, and those of others stay', () => {
  const both = withWait(
    withWait(deployedState('server-prod'), 'web-1', 'stable-0-healthy'),
    'web-2',
    'stable-1-healthy',
  );
  const { state, removed } = removeHost(both, 'web-1');
  expect(removed).toContain('command:remote:Command stable-0-healthy');
  expect(named(state)).toContain('command:remote:Command stable-1-healthy');
});

test('what is on a host is what its removal removes, and its machine', () => {
  const state = deployedState('aws-grown');
  const { removed } = removeHost(state, 'prod-1');
  const names = urnsOnHost(state, 'prod-1').map((urn) => urn.split('::').at(-1));
  expect(names.toSorted()).toEqual(
    expect.arrayContaining([...new Set(removed.map((line) => line.split(' ').at(-1)))].toSorted()),
  );
  expect(names).toContain('shop-prod-1');
});

test('a removed host may be removed again', () => {
  const once = removeHost(deployedState('aws-grown'), 'prod-1').state;
  const twice = removeHost(once, 'prod-1');
  expect(twice.removed).toEqual([]);
  expect(named(twice.state)).toEqual(named(once));
});

test('what an interrupted update left half done on the host is forgotten, on others it is not', () => {
  const state = deployedState('server-prod');
  const find = (name: string) =>
    state.deployment.resources.find(
      (resource) => resource.type.endsWith(':Container') && nameOf(resource) === name,
    );
  const pending = ['stable-0', 'stable-1'].map((name) => ({
    type: 'creating',
    resource: find(name) ?? { urn: '', type: '' },
  }));
  const cut = { ...state, deployment: { ...state.deployment, pending_operations: pending } };
  const left = removeHost(cut, 'web-1').state.deployment.pending_operations ?? [];
  expect(left.map(({ resource }) => nameOf(resource))).toEqual(['stable-1']);
});

test('the foundation of the first host is the host, Redis and the monitor, without members and proxies', () => {
  const { foundation } = removeHost(deployedState('digitalocean-prod'), 'prod-0');
  const names = foundation.map((urn) =>
    urn
      .split('$')
      .at(-1)
      ?.replace(/^.*[:/](\w+)::/, '$1 '),
  );
  expect(names.toSorted()).toEqual([
    'Command prod-0-ready',
    'Container monitor-prod-0',
    'Container redis',
    'Droplet shop-prod-0',
    'Network prod-0',
    'RandomBytes shop-prod-0-host-key',
    expect.stringContaining('RemoteImage'),
    expect.stringContaining('RemoteImage'),
    'ReservedIp shop-prod-0',
    'Volume redis',
    'docker prod-0',
  ]);
});

/** The state with a console of its own host name on `host`. */
function withConsole(state: EditableState, host: string): EditableState {
  const { resources } = state.deployment;
  const member = resources.find(
    (resource) =>
      createScript(resource).includes(' member reserve ') && nameOf(resource) === 'stable-0',
  );
  if (member === undefined) throw new Error('stable-0 has no reservation');
  const create = createScript(member)
    .replace(' "$monitor" ', ' --env PERCH_SERVICE=shop-console "$monitor" ')
    .replace(/--id=\S+/, '--id=console-0123abcd')
    .replace(/--host=\S+/, `--host=${host}`);
  const urn = member.urn.replace(/stable-0$/, 'console');
  const inputs = { ...member.inputs, create };
  const console = { ...member, urn, inputs };
  return { ...state, deployment: { ...state.deployment, resources: [...resources, console] } };
}

test('the console on a removed host goes with it, and is no member of the application', () => {
  const state = withConsole(deployedState('server-prod'), 'web-1');
  const removal = removeHost(state, 'web-1');
  expect(removal.memberIds).toEqual([expect.stringMatching(/^stable-0-/)]);
  expect(removal.consoleMemberIds).toEqual(['console-0123abcd']);
  expect(named(removal.state)).not.toContain('command:remote:Command console');
  const kept = documentOfState(removeHost(state, 'web-2').state, 'shop', 7);
  expect(JSON.stringify(kept)).not.toContain('console');
});

test('the host with the container of Redis is known, also after it was removed, and managed Redis is on none', () => {
  const state = deployedState('server-prod');
  const hosts = ['web-1', 'web-2'];
  expect(hosts.map((host) => carriesRedis(state, host))).toEqual([true, false]);
  const without = removeHost(state, 'web-1').state;
  expect(hosts.map((host) => carriesRedis(without, host))).toEqual([true, false]);
  const grown = deployedState('aws-grown');
  expect(['prod-0', 'prod-1'].map((host) => carriesRedis(grown, host))).toEqual([false, false]);
});

test('commands move from a dead control host to a living one, and ready commands stay', () => {
  const state = deployedState('aws-grown');
  expect(controlAddressesOf(state).map(({ host }) => host)).toEqual(['prod-0']);
  const moved = moveControl(state, addressOf('prod-0'), addressOf('prod-1'));
  expect(controlAddressesOf(moved).map(({ host }) => host)).toEqual(['prod-1']);
  expect(sshHostsOf(moved).map(({ address }) => address?.host)).toEqual(['prod-0', 'prod-1']);
  const outputs = moved.deployment.resources
    .filter(({ type, urn }) => type === 'command:remote:Command' && !urn.endsWith('-ready'))
    .map((command) => addressIn({ ...command, inputs: command.outputs })?.host);
  expect(new Set(outputs)).toEqual(new Set(['prod-1']));
});

test('the route of a stack goes with the host that carries Redis, so that the next update registers it again', () => {
  const state = withRoute(deployedState('server-prod'));
  const [redisHost = '', other = ''] = sshHostsOf(state).map(({ name }) => name);
  expect(difference(state, removeHost(state, redisHost).state)).toContain('Command route');
  expect(difference(state, removeHost(state, other).state)).not.toContain('Command route');
});

/** The state with the route that a stack with hosts has. */
function withRoute(state: EditableState): EditableState {
  const { resources } = state.deployment;
  const command = resources.find(({ urn }) => urn.endsWith('::stable-0-active'));
  if (command === undefined) throw new Error('the state must have an active member');
  const route = {
    ...command,
    urn: 'urn:pulumi:prod::perch::command:remote:Command::route',
    inputs: { ...command.inputs, create: 'exec docker exec "$monitor" perch route set --json' },
  };
  return { ...state, deployment: { ...state.deployment, resources: [...resources, route] } };
}

/** The state of a guest with members on the hosts of another stack. */
function guestState(): EditableState {
  const text = JSON.stringify(deployedState('server-prod'))
    .replaceAll('perch:host:Ssh', 'perch:host:Joined')
    .replaceAll(
      'docker exec \\"$monitor\\"',
      'docker exec --env PERCH_SERVICE=blog \\"$monitor\\"',
    );
  return JSON.parse(text) as EditableState;
}

test('a guest loses what it has on a replaced host of its host stack, and its own members count as such', () => {
  const state = guestState();
  expect(sshHostsOf(state).map(({ name }) => name)).toEqual(['web-1', 'web-2']);
  const removal = removeHost(state, 'web-2', 'blog');
  expect(difference(state, removal.state)).toEqual(
    expect.arrayContaining(['Command stable-1', 'Command web-2-ready', 'Container stable-1']),
  );
  expect(named(removal.state).filter((line) => / (stable-0|web-1)$/.test(line))).not.toEqual([]);
  expect(removal.memberIds).toEqual([expect.stringMatching(/^stable-1-/)]);
  expect(removal.consoleMemberIds).toEqual([]);
  expect(danglingReferences(removal.state)).toEqual([]);
});

test('what a new Redis does not know is removed, and nothing else', () => {
  const state = withRoute(guestState());
  const left = withoutRegistrations(state) ?? state;
  expect(difference(state, left)).toEqual(['Command route']);
  expect(danglingReferences(left)).toEqual([]);
  expect(withoutRegistrations(left)).toBeUndefined();
});

test('the release of a guest is rebuilt from the members in its state', () => {
  const state = guestState();
  for (const resource of state.deployment.resources) {
    const { stdout } = resource.outputs ?? {};
    if (typeof stdout !== 'string' || !stdout.includes('url')) continue;
    const answer = JSON.parse(stdout) as { id: string };
    const fields = { track: 'stable', version: '1', host: 'web-2' };
    resource.outputs = { ...resource.outputs, stdout: JSON.stringify({ ...answer, ...fields }) };
  }
  expect(documentOfState(state, 'blog', 3).members).toHaveLength(2);
  expect(documentOfState(state, 'shop', 3).members).toEqual([]);
});
