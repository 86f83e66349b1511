import type { Notification } from '../../../runtime/core/alerting/notification.ts';

/** Notification that the canary of shop was ejected for its errors. */
export function notification(overrides: Partial<Notification> = {}): Notification {
  return {
    service: 'shop',
    transition: 'opened',
    incidentId: 'canary-harmful|canary|1700000000000',
    rule: 'canary-harmful',
    subject: 'canary',
    openedAt: 1_700_000_000_000,
    at: 1_700_000_000_000,
    details: {
      summary: 'canary 2.0.0 fails requests that stable serves',
      actions: ['canary ejected', 'flag new_feature disabled'],
      measured: { metric: 'track.failure-percent', value: 25.4, threshold: 5, unit: 'percent' },
      sinceMs: 1_699_999_988_000,
      track: 'canary',
      version: '2.0.0',
      host: 'host-1',
      evidence: '3 of 12 canary requests (25.0%) failed, against 0 of 108 stable requests (0.0%)',
    },
    ...overrides,
  };
}
