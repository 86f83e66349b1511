import { describe, expect, test } from 'vitest';
import { ActiveHealth } from '../../../runtime/proxy/members/active-health.ts';

describe('active health', () => {
  test('holds a member healthy before the first probe', () => {
    expect(new ActiveHealth().healthy).toBe(true);
  });

  test.each([
    { name: 'one failure is not enough', probes: '-', healthy: true },
    { name: 'two failures in a row are', probes: '--', healthy: false },
    { name: 'two failures with a pass between them are not', probes: '-+-', healthy: true },
    { name: 'one pass does not bring it back', probes: '--+', healthy: false },
    { name: 'two passes in a row do', probes: '--++', healthy: true },
    { name: 'two passes with a failure between them do not', probes: '--+-+', healthy: false },
  ])('$name', ({ probes, healthy }) => {
    expect(after(probes).healthy).toBe(healthy);
  });

  test('is in doubt while the last probe contradicts it', () => {
    expect(['', '-', '--', '--+', '--++'].map((probes) => after(probes).inDoubt)).toEqual([
      false,
      true,
      false,
      true,
      false,
    ]);
  });
});

function after(probes: string): ActiveHealth {
  const health = new ActiveHealth();
  for (const probe of probes) health.probed(probe === '+');
  return health;
}
