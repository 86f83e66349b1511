import { PerchError } from '../contract/perch-error.ts';
import type { Channel, ChannelCheck } from '../monitor/notify/channel.ts';

/**
 * Tries the credentials of every channel without sending anything, and prints one line for each.
 * @throws PerchError `channel_failed` with every reason.
 */
export async function checkChannels(channels: readonly Channel[]): Promise<void> {
  const results = await Promise.all(
    channels.map(async (channel) => ({ name: channel.name, check: await channel.check() })),
  );
  for (const { name, check } of results) console.log(`${name}: ${textOf(check)}`);
  const failed = results.flatMap(({ name, check }) =>
    check.ok ? [] : [`${name} (${check.reason})`],
  );
  if (failed.length === 0) return;
  throw new PerchError(
    'channel_failed',
    `no notification would be sent through ${failed.join(', ')}`,
  );
}

function textOf(check: ChannelCheck): string {
  return check.ok ? check.text : `failed, ${check.reason}`;
}
