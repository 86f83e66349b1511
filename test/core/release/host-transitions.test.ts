import { expect, test } from 'vitest';
import {
  deregisterHost,
  drainHost,
  hostsOf,
  undrainHost,
} from '../../../runtime/core/release/host-transitions.ts';
import type { ReleaseDocument } from '../../../runtime/core/release/release-document.ts';
import { drain, type Transition } from '../../../runtime/core/release/transitions.ts';
import { member, releaseDocument } from '../../support/release-document.ts';

const two = releaseDocument({
  members: [
    member('stable-1', 20_000),
    member('stable-2', 20_001, { host: 'host-2' }),
    member('stable-3', 20_002, { host: 'host-2', state: 'ejected' }),
    member('canary-1', 20_003, { host: 'host-2' }),
    member('canary-2', 20_004),
  ],
  weight: 25,
});

function changed(transition: Transition): ReleaseDocument {
  if (transition.kind !== 'changed') throw new Error(JSON.stringify(transition));
  return transition.document;
}

const states = ({ members }: ReleaseDocument) => members.map(({ id, state }) => `${id} ${state}`);

test('draining a host drains its active members in one change, and undraining brings the same ones back', () => {
  const drained = changed(drainHost(two, 'host-2'));
  expect(states(drained)).toEqual([
    'stable-1 active',
    'stable-2 draining',
    'stable-3 ejected',
    'canary-1 draining',
    'canary-2 active',
  ]);
  expect(drained.reason).toBe('draining members stable-2, canary-1 of host host-2');
  expect(drained.weight).toBe(25);
  expect(drainHost(drained, 'host-2')).toEqual({ kind: 'unchanged' });
  const back = changed(undrainHost(drained, 'host-2'));
  expect(states(back)).toEqual(states(two));
  expect(undrainHost(back, 'host-2')).toEqual({ kind: 'unchanged' });
});

test('undraining only some members leaves the others, which a release may be draining', () => {
  const drained = changed(drainHost(two, 'host-2'));
  const back = changed(undrainHost(drained, 'host-2', ['stable-2', 'stable-1']));
  expect(back.members.find(({ id }) => id === 'canary-1')?.state).toBe('draining');
  expect(back.reason).toBe('activated member stable-2 of host host-2 again');
});

test('undraining a host leaves the members that a release drains, before or after the host was drained', () => {
  const before = changed(drain(two, 'canary-1'));
  const drained = changed(drainHost(before, 'host-2'));
  const back = changed(undrainHost(drained, 'host-2'));
  expect(states(back)).toContain('canary-1 draining');
  expect(states(back)).toContain('stable-2 active');
  expect(undrainHost(back, 'host-2', ['canary-1'])).toEqual({ kind: 'unchanged' });

  const after = changed(drain(changed(drainHost(two, 'host-2')), 'canary-1'));
  expect(drain(after, 'canary-1')).toEqual({ kind: 'unchanged' });
  expect(states(changed(undrainHost(after, 'host-2')))).toContain('canary-1 draining');
});

test('a member that was undrained can be drained and undrained again', () => {
  const back = changed(undrainHost(changed(drainHost(two, 'host-2')), 'host-2'));
  expect(back.members).toEqual(two.members);
  expect(states(changed(undrainHost(changed(drainHost(back, 'host-2')), 'host-2')))).toEqual(
    states(two),
  );
});

test('the host of the last active stable members is not drained', () => {
  const one = changed(drainHost(two, 'host-2'));
  expect(drainHost(one, 'host-1')).toMatchObject({
    kind: 'refused',
    rule: expect.stringContaining('host host-1 has the last active stable members'),
  });
});

test('the host of the last active canary is not drained while the canary has traffic', () => {
  const members = two.members.filter(({ id }) => id !== 'canary-2');
  expect(drainHost({ ...two, members }, 'host-2')).toMatchObject({
    kind: 'refused',
    rule: expect.stringContaining('which get 25% of the traffic; set the weight to 0 first'),
  });
  expect(drainHost({ ...two, members, weight: 0 }, 'host-2').kind).toBe('changed');
});

test('deregistering a dead host removes its members in every state and takes the share of a lost canary', () => {
  const members = two.members.filter(({ id }) => id !== 'canary-2');
  const without = changed(deregisterHost({ ...two, members }, 'host-2'));
  expect(states(without)).toEqual(['stable-1 active']);
  expect(without.weight).toBe(0);
  expect(without.reason).toBe('deregistered members stable-2, stable-3, canary-1 of host host-2');
  expect(deregisterHost(without, 'host-2')).toEqual({ kind: 'unchanged' });
});

test('the hosts of a release are named once each', () => {
  expect(hostsOf(two)).toEqual(['host-1', 'host-2']);
});
