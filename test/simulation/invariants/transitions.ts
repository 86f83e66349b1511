import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import {
  incidentSchema,
  type Incident,
  type IncidentTransition,
} from '../../../runtime/core/alerting/incident.ts';
import { notificationSchema } from '../../../runtime/core/alerting/notification.ts';
import { channelNames, keyOf } from '../actors/people.ts';
import { service } from '../world.ts';
import { Violation } from './violation.ts';
import type { Invariants, Watched } from './watched.ts';

/**
 * Each stored transition of an incident is in the outbox at once, for every channel; only one that fails
 * is not told that it does.
 */
export function watchTransitions({ world }: Watched): Invariants {
  const { kernel, redis } = world;
  const keys = redisKeys(service);
  const counts = { opened: 0, 're-alerted': 0, resolved: 0 };
  /** Rule and subject -> stored JSON. */
  let before: ReadonlyMap<string, string> = new Map();
  const read = () => new Map(redis.keyspace.hash(keys.incidents));
  const queued = () => {
    const entries = redis.keyspace.stream(keys.outbox)?.entries ?? [];
    return new Set(
      entries.map(
        ([, [, channel = '', , json = '']]) =>
          `${channel} ${keyOf(notificationSchema.parse(JSON.parse(json)))}`,
      ),
    );
  };
  const check = (incident: Incident, transition: IncidentTransition) => {
    counts[transition] += 1;
    const { id: incidentId, rule, subject, alertedAt, resolvedAt } = incident;
    const name = keyOf({ incidentId, transition, at: resolvedAt ?? alertedAt });
    const entries = queued();
    for (const channel of channelNames) {
      if (entries.has(`${channel} ${name}`)) continue;
      if (rule === 'channel-failed' && subject === channel) continue;
      const detail = `${name} was stored, but not queued for ${channel}`;
      kernel.fail(new Violation('each transition of an incident is queued', detail));
    }
  };
  redis.onDataLost(() => {
    before = read();
  });
  redis.onExecuted(({ written }) => {
    if (!written.has(keys.incidents)) return;
    const after = read();
    for (const [key, json] of after) {
      const earlier = before.get(key);
      if (earlier === json) continue;
      const incident = incidentSchema.parse(JSON.parse(json));
      const was = earlier === undefined ? undefined : incidentSchema.parse(JSON.parse(earlier));
      const transition = transitionOf(was, incident);
      if (transition !== undefined) check(incident, transition);
    }
    before = after;
  });
  return { atEnd: () => undefined, counts };
}

/** Transition that people learn of; undefined if the incident began or ended to be quiet. */
function transitionOf(was: Incident | undefined, is: Incident): IncidentTransition | undefined {
  if (was?.id !== is.id) return 'opened';
  if (was.resolvedAt === is.resolvedAt && was.alertedAt === is.alertedAt) return undefined;
  return is.resolvedAt === null ? 're-alerted' : 'resolved';
}
