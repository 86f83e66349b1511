import { expect, test } from 'vitest';
import { ActiveHealth } from '../../../runtime/proxy/members/active-health.ts';

test('a member is healthy before the first probe', () => {
  expect(new ActiveHealth().healthy).toBe(true);
});

test.each([
  { name: 'one failure does not make a member unhealthy', probes: '-', healthy: true },
  { name: 'two failures in a row make a member unhealthy', probes: '--', healthy: false },
  {
    name: 'two failures with a pass between them do not make a member unhealthy',
    probes: '-+-',
    healthy: true,
  },
  { name: 'one pass does not make a member healthy again', probes: '--+', healthy: false },
  { name: 'two passes in a row make a member healthy again', probes: '--++', healthy: true },
  {
    name: 'two passes with a failure between them do not make a member healthy again',
    probes: '--+-+',
    healthy: false,
  },
])('$name', ({ probes, healthy }) => {
  expect(after(probes).healthy).toBe(healthy);
});

test('a member is in doubt while the last probe contradicts its health', () => {
  expect(['', '-', '--', '--+', '--++'].map((probes) => after(probes).inDoubt)).toEqual([
    false,
    true,
    false,
    true,
    false,
  ]);
});

function after(probes: string): ActiveHealth {
  const health = new ActiveHealth();
  for (const probe of probes) health.probed(probe === '+');
  return health;
}
