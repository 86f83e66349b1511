import { expect, test } from 'vitest';
import { readState } from '../../../infra/recovery/exported-state.ts';
import { pendingCreatesOf } from '../../../infra/recovery/pending-creates.ts';

const urn = (type: string, name: string) => `urn:pulumi:prod::perch::${type}::${name}`;
const container = 'docker:index/container:Container';

interface Given {
  readonly type: string;
  readonly name: string;
  readonly inputs?: Record<string, unknown>;
  readonly [more: string]: unknown;
}

const resource = ({ type, name, ...more }: Given) => ({ urn: urn(type, name), type, ...more });

function pendingCreates(pending: readonly Given[], resources: readonly Given[] = []) {
  const state = {
    resources: resources.map(resource),
    pending_operations: pending.map((given) => ({ type: 'creating', resource: resource(given) })),
  };
  return pendingCreatesOf(readState(state));
}

test('an unfinished container gets its own time to stop, then it is removed', () => {
  const inputs = { name: 'proxy-1', destroyGraceSeconds: 35 };
  const { undoable } = pendingCreates([{ type: container, name: 'proxy', inputs }]);
  expect(undoable).toEqual([
    {
      description: `${container} proxy`,
      address: undefined,
      undo: `id=$(docker ps --all --quiet --filter 'name=^/?proxy-1$') && if [ -n "$id" ]; then docker logs --tail 50 "$id" 2>&1 | cut -b 1-1000 && docker stop -t 35 "$id" > /dev/null && docker rm --force "$id" > /dev/null; fi`,
    },
  ]);
});

test('an unfinished command is undone by its own delete script', () => {
  const inputs = { create: 'reserve', delete: 'release' };
  const { undoable } = pendingCreates([
    { type: 'command:local:Command', name: 'stable-0', inputs },
  ]);
  expect(undoable.map(({ undo }) => undo)).toEqual(['release']);
});

test('a resource that a later update created stays', () => {
  const made: Given[] = [
    { type: 'command:local:Command', name: 'stable-0-active', inputs: { delete: 'drain a' } },
    { type: container, name: 'stable-0', inputs: { name: 'stable-0-1' } },
  ];
  expect(pendingCreates(made, made).undoable).toEqual([]);
});

test('an unfinished replacement of an existing resource is undone', () => {
  const old: Given = { type: container, name: 'stable-0', inputs: { name: 'stable-0-1' } };
  const replacement: Given = { ...old, inputs: { name: 'stable-0-2' } };
  expect(pendingCreates([replacement], [old]).undoable).toHaveLength(1);
});

test('a container is undone on the host of its Docker provider, with decrypted keys', () => {
  const connection = {
    host: '203.0.113.7',
    port: 22,
    user: 'admin',
    hostKey: 'ssh-ed25519 AAAA',
    privateKey: { '4dabf18193072939515e22adb298388d': '1b47', plaintext: '"a key"' },
  };
  const provider = { type: 'pulumi:providers:docker', name: 'one', parent: 'urn:one' };
  const ready = {
    type: 'command:remote:Command',
    name: 'one-ready',
    parent: 'urn:one',
    inputs: { connection },
  };
  const { undoable } = pendingCreates(
    [
      {
        type: container,
        name: 'proxy',
        inputs: { name: 'proxy-1' },
        provider: `${urn(provider.type, provider.name)}::1`,
      },
    ],
    [provider, ready],
  );
  expect(undoable.map(({ address }) => address)).toEqual([{ ...connection, privateKey: 'a key' }]);
});

test('a resource that a cloud may have created is named, because only a person can check it', () => {
  const pending = { type: 'aws:ec2/instance:Instance', name: 'host-0' };
  expect(pendingCreates([pending])).toEqual({
    undoable: [],
    unknown: ['aws:ec2/instance:Instance host-0'],
  });
});

test('a resource that exists only in the state needs no undoing', () => {
  const pending = [
    { type: 'random:index/randomId:RandomId', name: 'a' },
    { type: 'docker:index/image:Image', name: 'b' },
    { type: 'pulumi:providers:docker', name: 'c' },
  ];
  expect(pendingCreates(pending)).toEqual({ undoable: [], unknown: [] });
});

test('only creations are undone, because the next update repeats other interrupted operations', () => {
  const deleting = {
    type: 'deleting',
    resource: resource({ type: container, name: 'a', inputs: { name: 'a-1' } }),
  };
  expect(pendingCreatesOf(readState({ pending_operations: [deleting] })).undoable).toEqual([]);
});
