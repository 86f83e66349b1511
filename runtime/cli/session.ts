import { hostname, userInfo } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { z } from 'zod';
import { env } from '../contract/env.ts';
import { PerchError } from '../contract/perch-error.ts';
import { parseInput, requireInput } from '../core/input/input.ts';
import type { ReleaseDocument } from '../core/release/release-document.ts';
import type { Transition } from '../core/release/transitions.ts';
import { connectRedis, requireServer } from '../store/redis/connection.ts';
import { EventLog } from '../store/incidents/event-log.ts';
import { FlagStore } from '../store/flags/flag-store.ts';
import { ProxyReports } from '../store/release/proxy-reports.ts';
import { ReleaseStore } from '../store/release/release-store.ts';
import { nameSchema } from '../core/input/name-schema.ts';

/** What a command works with, for one service. */
export interface Session {
  readonly redis: Redis;
  readonly service: string;
  readonly releases: ReleaseStore;
  readonly flags: FlagStore;
  readonly events: EventLog;
  readonly reports: ProxyReports;
}

const schema = z.object({
  [env.service]: nameSchema(),
  [env.redisUrl]: z.string('must be set').min(1, 'must be set'),
});

/** How long a deployment's command goes on when Redis is away, as while its container is replaced. */
const patienceMs = 15_000;
const retryEveryMs = 500;

/**
 * Runs `work` with a connection, which ends with it.
 * @throws PerchError `bad_input` for the environment, those of the connection, and `work`'s own.
 */
export async function withSession<T>(work: (session: Session) => Promise<T>): Promise<T> {
  const read = requireInput(parseInput(schema, process.env, { secret: [env.redisUrl] }));
  const service = read[env.service];
  const redis = connectRedis({
    url: read[env.redisUrl],
    name: 'perch-cli',
    logger: pino({ level: 'silent' }),
  });
  try {
    await requireServer(redis);
    const writer = { by: `${userName()}@${hostname()}` };
    return await work({
      redis,
      service,
      releases: new ReleaseStore(redis, service, writer),
      flags: new FlagStore(redis, service, writer),
      events: new EventLog(redis, service),
      reports: new ProxyReports(redis, service),
    });
  } finally {
    redis.disconnect();
  }
}

/**
 * The same for work that may be repeated: it begins anew when Redis does not answer, for 15 s.
 * @throws PerchError as {@link withSession} does.
 */
export async function withPatientSession<T>(work: (session: Session) => Promise<T>): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return await withSession(work);
    } catch (error) {
      const isAway = error instanceof PerchError && error.code === 'redis_unavailable';
      if (!isAway || performance.now() >= deadline) throw error;
    }
    await delay(retryEveryMs);
  }
}

/** A container may run under a user id that has no name there. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.()}`;
  }
}

/**
 * Makes a change and answers the document after it.
 * @throws PerchError `transition_refused` with the rule that stands against it.
 */
export async function change(
  { releases }: Pick<Session, 'releases'>,
  transition: (document: ReleaseDocument) => Transition,
): Promise<ReleaseDocument> {
  const outcome = await releases.change(transition);
  if (outcome.kind === 'refused') throw new PerchError('transition_refused', outcome.rule);
  return outcome.document;
}
