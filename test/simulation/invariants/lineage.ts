import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { parseReleaseDocument } from '../../../runtime/core/release/release-document.ts';
import { isRunOf } from '../actors/perch.ts';
import { service } from '../world.ts';
import { Violation } from './violation.ts';
import type { Invariants, Watched } from './watched.ts';

/** A document that Redis held. */
interface Stored {
  /** Document that its writer built on. */
  readonly parent: Stored | undefined;
  /** True if a person restored it: it may replace any other. */
  readonly isRestored: boolean;
  /** True if it was stored right after Redis had started without some of its data. */
  readonly isEarly: boolean;
}

/** Time in which live proxies are back after a start of Redis, milliseconds. */
const backMs = 4_000;

/**
 * No proxy follows Redis back in silence: it applies documents that build on its own, or that a person
 * restored. Others only if they were stored so long after Redis lost data that the proxy was not live.
 */
export function watchLineage({ world }: Watched): Invariants {
  const { kernel, redis } = world;
  const { release } = redisKeys(service);
  const known = new Map<string, Stored>();
  /** Host -> content of its proxy's last good file. */
  const applied = new Map<string, string>();
  let current: Stored | undefined;
  let lost = { atMs: Number.NEGATIVE_INFINITY, clockOffsetMs: 0 };
  /** Offset of Redis' clock when it executed its last command. */
  let clockOffsetMs = 0;
  /** Furthest that the clock was ever ahead: once it was set back, old reports may look like new ones. */
  let furthestMs = 0;

  redis.onDataLost(() => {
    current = known.get(redis.keyspace.string(release) ?? '');
    lost = { atMs: kernel.nowMs, clockOffsetMs };
  });
  redis.onExecuted(({ process, written }) => {
    ({ clockOffsetMs } = redis);
    furthestMs = Math.max(furthestMs, clockOffsetMs);
    if (written.has(release)) {
      // By a clock that jumped meanwhile, even while Redis was down, it started at another time.
      const isSteady = clockOffsetMs === lost.clockOffsetMs && clockOffsetMs === furthestMs;
      const isEarly = kernel.nowMs - lost.atMs < backMs && isSteady;
      const isRestored = isRunOf(process, 'restore');
      current = { parent: current, isRestored, isEarly };
      known.set(redis.keyspace.string(release) ?? '', current);
    }
    if (!process.name.startsWith('proxy-')) return;
    const { name } = process.host;
    const json = world.platform.files.get(`/state/${name}/release-${service}.json`) ?? '';
    const before = applied.get(name) ?? '';
    if (json === '' || json === before) return;
    applied.set(name, json);
    if (!goesBack(known.get(before), known.get(json))) return;
    const detail = `${process.name} left ${generationOf(before)} for another ${generationOf(json)}`;
    kernel.fail(new Violation('a release document never goes back in silence', detail));
  });
  return { atEnd: () => undefined, counts: {} };
}

/** True if `next` builds on an early document instead of `before`, and nobody restored it. */
function goesBack(before: Stored | undefined, next: Stored | undefined): boolean {
  if (before === undefined) return false;
  const ancestors = new Set<Stored>();
  for (let at: Stored | undefined = before; at !== undefined; at = at.parent) ancestors.add(at);
  let first: Stored | undefined;
  for (let at = next; at !== undefined && !ancestors.has(at); at = at.parent) {
    if (at.isRestored) return false;
    first = at;
  }
  // The common ancestor is `before` itself, unless Redis lost it.
  return first !== undefined && first.parent !== before && first.isEarly;
}

function generationOf(json: string): number {
  return parseReleaseDocument(json).generation;
}
