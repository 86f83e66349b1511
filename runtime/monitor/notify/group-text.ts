import type { IncidentTransition } from '../../core/alerting/incident.ts';
import type { Notification } from '../../core/alerting/notification.ts';
import { ejectionOfCanary } from '../../core/ejection/ejection.ts';
import type { NotificationGroup } from './channel.ts';
import { subjectOf, subjectPrefix } from './notification-text.ts';

/** Most incidents that a message describes one by one. */
export const describedIncidents = 20;

/** Reports whether people must learn of it at once: the canary was ejected. */
export function isUrgent({ rule, transition }: Pick<Notification, 'rule' | 'transition'>): boolean {
  return rule === ejectionOfCanary.rule && transition === 'opened';
}

/** The group in reading order: what is urgent, then what opened, is still open, was resolved. */
export function inReadingOrder(group: NotificationGroup): NotificationGroup {
  const [top = group[0], ...rest] = group.toSorted((a, b) => rankOf(a) - rankOf(b));
  return [top, ...rest];
}

function rankOf(notification: Notification): number {
  return isUrgent(notification) ? -1 : order.indexOf(notification.transition);
}

/** Says in a few words what the group is about: `20 new incidents`, `2 new incidents, 1 resolved`. */
export function groupSummary(group: NotificationGroup): string {
  const counted = order.flatMap((transition) => {
    const count = group.filter((each) => each.transition === transition).length;
    return count === 0 ? [] : [{ transition, count }];
  });
  const [only, ...others] = counted;
  if (only !== undefined && others.length === 0) {
    return `${only.count} ${only.transition === 'opened' ? 'new ' : ''}incidents`;
  }
  return counted
    .map(({ transition, count }, index) => {
      const incidents = count === 1 ? ' incident' : ' incidents';
      return `${count} ${inWords[transition]}${index === 0 ? incidents : ''}`;
    })
    .join(', ');
}

/** Subject of a message: that of its one notification, or the count and the first summary. */
export function groupSubject(group: NotificationGroup): string {
  const [first, ...others] = inReadingOrder(group);
  if (others.length === 0) return subjectOf(first);
  const { service, transition, details } = first;
  const alike = others.every((other) => other.transition === transition);
  const prefix = alike ? subjectPrefix[transition] : '';
  const action = isUrgent(first) && details.actions[0];
  const top = `${details.summary}${action ? `; ${action}` : ''}`;
  return `[${service}] ${prefix}${groupSummary(group)}: ${top}, and ${others.length} more`;
}

const order: readonly IncidentTransition[] = ['opened', 're-alerted', 'resolved'];
const inWords = { opened: 'new', 're-alerted': 'still open', resolved: 'resolved' } as const;
