import { expect, test } from 'vitest';
import { makeProd } from '../../../infra/stacks/prod.ts';
import { composed } from '../../support/pulumi/pulumi-mocks.ts';
import { configFor } from '../../support/pulumi/stack-configs.ts';

test('members go to all hosts in turn', async () => {
  const made = await composed(() => makeProd(configFor('server', { stableCount: 3 })));
  const reservations = made.filter(
    ({ type, name }) => type === 'command:remote:Command' && /^stable-\d$/.test(name),
  );
  const hosts = reservations
    .toSorted((a, b) => a.name.localeCompare(b.name))
    .map(({ inputs }) => /--host=(\S+)/.exec(String(inputs['create']))?.[1]);
  expect(hosts).toEqual(['web-1', 'web-2', 'web-1']);
});
