import { expect, test } from 'vitest';
import { incidentSchema } from '../../../runtime/core/alerting/incident.ts';
import { withStoredNames } from '../../../runtime/core/alerting/stored-details.ts';

const storedBy01 = {
  id: 'host-disk|host-1|1000',
  rule: 'host-disk',
  subject: 'host-1',
  openedAt: 1_000,
  alertedAt: 1_000,
  resolvedAt: null,
  revision: 1,
  facts: { headline: 'disk / of host-1 is 81% full', actions: [], host: 'host-1' },
};

test('an incident that release 0.1 stored is read, and written as release 0.1 reads it', () => {
  const incident = incidentSchema.parse(storedBy01);
  expect(incident.details).toEqual({
    summary: 'disk / of host-1 is 81% full',
    actions: [],
    host: 'host-1',
  });
  expect(withStoredNames(incident)).toEqual(storedBy01);
});
