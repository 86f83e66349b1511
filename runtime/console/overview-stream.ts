import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { problem, tooManyRequests } from '../web/problem-response.ts';
import { mostPages, type OpenPages } from './open-pages.ts';
import type { PageMode } from './overview.ts';
import type { OverviewFeed } from './overview-feed.ts';
import { visitorOf } from './sign-in/visitor.ts';

/** Pages that may be open at a time. */
const mostFollowers = 100;
/**
 * Responds with server-sent events: one for each part of the overview that has changed, named for it,
 * and after every read `tick` with the time by Redis' clock, milliseconds since the epoch. When the
 * session of the person ends, `signed-out` is the last event.
 */
export class OverviewStream {
  readonly #feed: OverviewFeed;
  readonly #now: () => number;
  readonly #pages: OpenPages;

  /** @param pages - pages that people who are signed in have open, also of other services. */
  constructor(feed: OverviewFeed, now: () => number, pages: OpenPages) {
    this.#feed = feed;
    this.#now = now;
    this.#pages = pages;
  }

  /** @param page - mode of the page for the person who opened it. */
  respond(c: Context, page: PageMode): Response {
    if (this.#feed.followers >= mostFollowers) {
      return problem(c, 503, `at most ${mostFollowers} pages may be open at a time`);
    }
    const person = visitorOf(c);
    if (person !== undefined && !this.#pages.open(person.email)) {
      return tooManyRequests(c, `${person.email} may have ${mostPages} pages open at a time`);
    }
    return streamSSE(c, async (stream) => {
      const closed = new AbortController();
      stream.onAbort(() => closed.abort());
      try {
        for await (const parts of this.#feed.follow(closed.signal)) {
          if (person?.isSignedIn() === false) {
            await stream.writeSSE({ event: 'signed-out', data: '' });
            return;
          }
          for (const [event, json] of parts) {
            const data = event === 'page' ? JSON.stringify(page) : json;
            await stream.writeSSE({ event, data });
          }
          await stream.writeSSE({ event: 'tick', data: String(this.#now()) });
        }
      } finally {
        if (person !== undefined) this.#pages.close(person.email);
      }
    });
  }
}
