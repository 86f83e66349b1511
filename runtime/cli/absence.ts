/** Answers of commands about a name that is not there. */
import type { Redis } from 'ioredis';
import { env } from '../contract/env.ts';
import { PerchError } from '../contract/perch-error.ts';
import { redisKeys } from '../contract/redis-keys.ts';
import { didYouMean } from '../contract/suggest-name.ts';
import type { Member, ReleaseDocument } from '../core/release/release-document.ts';
import { redisFailure } from '../store/redis/redis-failure.ts';
import { printHint } from './diagnostics.ts';
import { scanNames } from '../store/redis/stored-values.ts';

const mostListed = 5;

/** Redis and the service that a command is about. */
interface AskedService {
  readonly redis: Redis;
  readonly service: string;
}

/**
 * True in a container of a host, where deployments run `perch`. They delete what may be gone: an
 * update that was cut off is repeated, and Redis may have lost its document. The stack itself gives
 * the names there, so that none is misspelt. Everywhere else a person or a script gave them, and a
 * name that is not there is an error.
 */
export function isRunByDeployment(): boolean {
  return process.env[env.host] !== undefined && process.env[env.operator] === undefined;
}

/** A name that a command was given, and those that it may stand for. */
export interface AbsentName {
  /** One clause: `member s1 is not registered`. */
  readonly what: string;
  readonly given: string;
  readonly known: readonly string[];
}

/**
 * Returns what a command prints that had nothing to remove or to stop.
 * @throws PerchError `not_found` with the nearest name, unless a deployment runs the command.
 */
export function nothingChanged({ what, given, known }: AbsentName): string {
  const text = `${what}${didYouMean(given, known)}`;
  if (isRunByDeployment()) return `nothing changed: ${text}`;
  throw new PerchError('not_found', text);
}

/** Returns the error for a service without a release document, with the nearest service. */
export async function noRelease(asked: AskedService): Promise<PerchError> {
  return new PerchError('not_found', await noReleaseText(asked));
}

/** Text for an empty list: says so if the service itself is not there. */
export async function nothingText(asked: AskedService, text: string): Promise<string> {
  return (await hasRelease(asked)) ? text : `${text}: ${await noReleaseText(asked)}`;
}

/**
 * Says on stderr that a service without a release may be another one misspelt. Flags and silences may
 * come before the first release, so that this is no error.
 */
export async function hintIfMisspelt(asked: AskedService): Promise<void> {
  if (await hasRelease(asked)) return;
  const hint = didYouMean(asked.service, await knownServices(asked.redis));
  if (hint !== '') printHint(`${withoutRelease(asked)}${hint}`);
}

/** Clause about a service without a release document, with the services that Redis knows. */
export async function noReleaseText(asked: AskedService): Promise<string> {
  const known = await knownServices(asked.redis);
  const hint = didYouMean(asked.service, known);
  if (hint !== '' || known.length === 0) return `${withoutRelease(asked)}${hint}`;
  const others = known.slice(0, mostListed).join(', ');
  return `${withoutRelease(asked)}; this Redis knows ${others}${known.length > mostListed ? ', …' : ''}`;
}

function withoutRelease({ service }: AskedService): string {
  return `service ${service} has no release yet`;
}

async function hasRelease({ redis, service }: AskedService): Promise<boolean> {
  try {
    return (await redis.exists(redisKeys(service).release)) > 0;
  } catch (error) {
    throw redisFailure('look up the service', error);
  }
}

/** Services with a release document. None for a user who may not list the keys of others. */
async function knownServices(redis: Redis): Promise<string[]> {
  try {
    return (await scanNames(redis, redisKeys('*').release)).toSorted();
  } catch (error) {
    const failure = redisFailure('list the services', error);
    if (failure.code === 'redis_refused') return [];
    throw failure;
  }
}

/** Describes a member that the document does not have. */
export function absentMember(
  { members }: { readonly members: readonly Pick<Member, 'id'>[] },
  id: string,
): AbsentName {
  return { what: `member ${id} is not registered`, given: id, known: members.map(idOf) };
}

/**
 * Returns a member of the document.
 * @throws PerchError `not_found` with the nearest id.
 */
export function requireKnownMember(document: ReleaseDocument, id: string): Member {
  const member = document.members.find((one) => one.id === id);
  if (member !== undefined) return member;
  const { what, given, known } = absentMember(document, id);
  throw new PerchError('not_found', `${what}${didYouMean(given, known)}`);
}

function idOf({ id }: Pick<Member, 'id'>): string {
  return id;
}
