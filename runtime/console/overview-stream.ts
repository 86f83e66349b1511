import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { problem } from '../web/problem-response.ts';
import type { OverviewFeed } from './overview-feed.ts';

/** Pages that may be open at a time. */
const mostFollowers = 100;

/**
 * Response with server-sent events: one for each part of the overview that has changed, named for it,
 * and after every read `tick` with the time by Redis' clock, milliseconds since the epoch.
 */
export function overviewStream(c: Context, feed: OverviewFeed, now: () => number): Response {
  if (feed.followers >= mostFollowers) {
    return problem(c, 503, `at most ${mostFollowers} pages may be open at a time`);
  }
  return streamSSE(c, async (stream) => {
    const closed = new AbortController();
    stream.onAbort(() => closed.abort());
    for await (const parts of feed.follow(closed.signal)) {
      for (const [event, data] of parts) await stream.writeSSE({ event, data });
      await stream.writeSSE({ event: 'tick', data: String(now()) });
    }
  });
}
