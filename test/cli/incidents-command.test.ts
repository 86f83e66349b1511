import { expect } from 'vitest';
import { IncidentStore } from '../../runtime/store/incidents/incident-store.ts';
import { opening } from '../support/judge/incident.ts';
import { test } from './fixtures.ts';

test('incidents shows open incidents, and with --all resolved ones too', async ({
  redis,
  run,
  json,
}) => {
  const incidents = new IncidentStore(redis, 'shop');
  const writer = { by: 'test', epoch: 0, channels: [] };
  expect((await run('incidents')).stdout).toBe('no incidents\n');
  const { incident } = opening('host-disk', 'host-1');
  await incidents.apply({ transition: 'opened', incident }, writer);
  expect((await run('incidents')).stdout).toContain('disk / of host-1 is 81% full');
  const resolved = { ...incident, revision: 2, resolvedAt: 61_000 };
  await incidents.apply({ transition: 'resolved', incident: resolved }, writer);
  expect(await json('incidents')).toEqual([]);
  expect((await run('incidents', '--all')).stdout).toContain('resolved after 1 min');
});
