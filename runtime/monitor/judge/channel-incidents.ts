import type { ChannelHealth } from '../notify/channel-health.ts';
import type { CycleIncidents } from './cycle-incidents.ts';

const rule = 'channel-failed';
const retries =
  'its messages are tried again: for 5 hours if they did not arrive, twice if they may have arrived';

/**
 * Opens an incident for a channel that fails, and resolves it once the channel delivers again or is
 * no longer configured. Only the other channels notify of it: the channel itself announced no start.
 * @throws PerchError `fenced`, `redis_unavailable` or `redis_refused`.
 */
export async function syncChannels(
  incidents: CycleIncidents,
  channels: readonly string[],
  { failing, delivering }: Pick<ChannelHealth, 'failing' | 'delivering'>,
): Promise<void> {
  const others = (subject: string) => channels.filter((channel) => channel !== subject);
  for (const incident of incidents.open) {
    const { subject } = incident;
    if (incident.rule !== rule || channels.includes(subject)) continue;
    await incidents.resolve(incident, { summary: `${subject} is no longer a channel` });
  }
  for (const { channel: subject, reason, sinceMs, gaveUp } of failing) {
    const details = {
      summary: `channel ${subject} fails: ${reason}`,
      actions: gaveUp ? [] : [retries],
      sinceMs,
    };
    await incidents.breach({ rule, subject, details }, others(subject));
  }
  for (const subject of delivering) {
    const incident = incidents.find({ rule, subject });
    if (incident?.resolvedAt !== null) continue;
    await incidents.resolve(
      incident,
      { summary: `channel ${subject} delivers again` },
      others(subject),
    );
  }
}
