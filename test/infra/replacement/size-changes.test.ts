import { expect, test } from 'vitest';
import { sizeChanges } from '../../../infra/replacement/size-changes.ts';
import { deployedState } from './states.ts';

test.each([
  ['aws-grown', 'aws', 't3.small', 't3.large'],
  ['digitalocean-grown', 'digitalocean', 's-1vcpu-2gb', 's-2vcpu-4gb'],
])('in %s every machine of another size changes, and requests go on', (name, target, from, to) => {
  expect(sizeChanges(deployedState(name), target, to)).toEqual([
    { host: 'prod-0', from, to, outage: undefined },
    { host: 'prod-1', from, to, outage: undefined },
  ]);
  expect(sizeChanges(deployedState(name), target, from)).toEqual([]);
  expect(sizeChanges(deployedState(name), target, undefined)).toEqual([]);
});

test('the host with Redis and the only proxy comes last, and its outage is known before', () => {
  const changes = sizeChanges(deployedState('aws-prod'), 'aws', 't3.large');
  expect(changes.map(({ host, outage }) => [host, outage])).toEqual([
    ['prod-1', undefined],
    ['prod-0', 'it has the only proxy'],
  ]);
});

test('a size of another architecture is refused, because no disk starts on it', () => {
  expect(() => sizeChanges(deployedState('aws-prod'), 'aws', 't4g.small')).toThrow(
    /^perch:size must be of the architecture that the hosts have: t4g\.small is arm64, and prod-\d has t3\.small, amd64$/,
  );
});

test('machines that are not of a cloud are not changed', () => {
  expect(() => sizeChanges(deployedState('server-prod'), 'server', 'large')).toThrow(
    'resize works on targets aws and digitalocean, got server',
  );
});
