import type { ChannelEvent } from '../notify/channel.ts';
import type { CycleIncidents } from './cycle-incidents.ts';

const rule = 'channel-failed';

/**
 * Opens an incident for a channel that gave up, and notifies people through the other channels.
 * Resolves it once the channel delivers again or is no longer configured.
 * @throws PerchError `fenced`, `redis_unavailable` or `redis_refused`.
 */
export async function syncChannels(
  incidents: CycleIncidents,
  channels: readonly string[],
  events: readonly ChannelEvent[],
): Promise<void> {
  for (const incident of incidents.open) {
    const { subject } = incident;
    if (incident.rule !== rule || channels.includes(subject)) continue;
    await incidents.resolve(incident, { summary: `${subject} is no longer a channel` });
  }
  for (const { channel: subject, kind, reason } of events) {
    if (kind === 'given-up') {
      const details = { summary: `${subject} gave up on a notification: ${reason}`, actions: [] };
      const others = channels.filter((channel) => channel !== subject);
      await incidents.breach({ rule, subject, details }, others);
      continue;
    }
    const incident = incidents.find({ rule, subject });
    if (incident?.resolvedAt !== null) continue;
    await incidents.resolve(incident, { summary: `${subject} delivers again` });
  }
}
