import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import {
  activeCanaries,
  parseReleaseDocument,
  type ReleaseDocument,
} from '../../../runtime/core/release/release-document.ts';
import { isRunOf } from '../actors/perch.ts';
import type { VirtualProcess } from '../kernel/virtual-process.ts';
import { service } from '../world.ts';
import { Violation } from './violation.ts';
import type { Invariants, Watched } from './watched.ts';

interface Write {
  readonly writer: VirtualProcess;
  readonly before: ReleaseDocument | undefined;
  readonly after: ReleaseDocument;
}

/** A document that Redis held. */
interface Stored {
  readonly document: ReleaseDocument;
  /** Virtual time at which it was stored. */
  readonly atMs: number;
}

/** Time in which a proxy applies a document without faults, milliseconds: polls are a second apart. */
const applyMs = 3_000;

/** Invariants of each stored release document, and of what the proxies apply in the end. */
export function watchDocuments({ world }: Watched): Invariants {
  const { kernel, redis } = world;
  const { release } = redisKeys(service);
  const counts = { documents: 0, ejections: 0, losses: 0, steps: 0 };
  let before: ReleaseDocument | undefined;
  let newest = 0;
  let stored: Stored[] = [];
  redis.onDataLost(() => {
    counts.losses += 1;
    const json = redis.keyspace.string(release);
    before = json === undefined ? undefined : parseReleaseDocument(json);
    newest = before?.generation ?? 0;
    stored = before === undefined ? [] : [{ document: before, atMs: kernel.nowMs }];
  });
  redis.onExecuted(({ process: writer, written }) => {
    if (!written.has(release)) return;
    const after = parseReleaseDocument(redis.keyspace.string(release) ?? '');
    const write = { writer, before, after };
    try {
      // First, because a write on top of a change that it does not know undoes that change, an ejection
      // too, and repeats its generation: this names the cause, the others what came of it.
      everyGenerationOnce(write, newest);
      noShareWithoutCanary(write);
      noEjectionUndone(write);
      rolloutInOrder(write);
    } catch (error) {
      kernel.fail(error);
    }
    counts.documents += 1;
    if (before?.weight !== 0 && after.weight === 0 && after.phase === 'aborted') {
      counts.ejections += 1;
    }
    if (before?.rolloutId === after.rolloutId && after.step > before.step) counts.steps += 1;
    before = after;
    newest = after.generation;
    stored.push({ document: after, atMs: kernel.nowMs });
    kernel.note(`document ${after.generation} by ${writer.name}: ${after.reason}`);
  });
  const atEnd = () => proxiesConverge(world, stored);
  return { atEnd, counts };
}

/** The canary has a share only while one of its members is active. */
function noShareWithoutCanary({ after }: Write): void {
  if (after.weight === 0 || activeCanaries(after.members).length > 0) return;
  throw new Violation('no share without an active canary', `generation ${after.generation}`);
}

/**
 * A member that was ejected is active again only by a person's `reinstate` or `restore`. Nobody but
 * a person or a stack, which begins a new rollout, gives a share back to a canary without one.
 */
function noEjectionUndone({ writer, before, after }: Write): void {
  const name = 'an ejection is undone by a person or a new release alone';
  const isPerson = ['reinstate', 'restore', 'rollout retry'].some((one) => isRunOf(writer, one));
  const ejected = (before?.members ?? []).filter(({ state }) => state === 'ejected');
  for (const { id } of ejected) {
    const state = after.members.find((member) => member.id === id)?.state ?? 'ejected';
    if (state === 'active' && !isPerson) {
      throw new Violation(name, `${writer.name} made member ${id} ${state}`);
    }
  }
  const isCommand = /:perch /.test(writer.name);
  if (before?.weight === 0 && after.weight > 0 && !isCommand) {
    throw new Violation(name, `${writer.name} set the weight from 0 to ${after.weight}`);
  }
}

/**
 * A rollout takes its steps one after the other, each with its own weight, and begins again only if a
 * person retries it. A paused one moves on only if a person says so.
 */
function rolloutInOrder({ writer, before, after }: Write): void {
  if (before?.rolloutId !== after.rolloutId || isRunOf(writer, 'restore')) return;
  const { step, phase } = before;
  const move = `${writer.name} led it from step ${step}, ${phase}, to ${after.step}, ${after.phase}`;
  const goesOn = ['progressing', 'promoting'].includes(after.phase) || after.step !== step;
  if (phase === 'paused' && goesOn && !isRunOf(writer, 'rollout')) {
    throw new Violation('a paused rollout goes on by a person alone', move);
  }
  const isRetried = isRunOf(writer, 'rollout retry') && after.step === 0;
  if (after.step === step || isRetried) return;
  const isNext = after.step === step + 1 && after.weight === after.plan[after.step]?.weight;
  if (isNext && !isRunOf(writer, '')) return;
  throw new Violation('a rollout takes one step after the other', move);
}

/**
 * Each stored document has a generation that no earlier one had: one more than the last one, or a
 * higher one that a person restores. The count begins anew when Redis loses data.
 */
function everyGenerationOnce({ writer, after }: Write, newest: number): void {
  const isNext = after.generation === newest + 1;
  const isRestored = after.generation > newest && isRunOf(writer, 'restore');
  if (isNext || isRestored) return;
  throw new Violation(
    'every generation once',
    `${writer.name} stored ${after.generation} after ${newest}`,
  );
}

/**
 * Once no fault happens any more, every proxy retains exactly the document that Redis holds, or one
 * that it held within the last three seconds.
 */
function proxiesConverge(world: Watched['world'], stored: readonly Stored[]): void {
  const settled = stored.findLastIndex(({ atMs }) => world.kernel.nowMs - atMs >= applyMs);
  const recent = stored.slice(Math.max(0, settled)).map(({ document }) => JSON.stringify(document));
  for (const { name } of world.hosts) {
    const json = world.platform.files.get(`/state/${name}/release-${service}.json`);
    const applied = json === undefined ? undefined : parseReleaseDocument(json);
    if (stored.length === 0 ? applied === undefined : recent.includes(JSON.stringify(applied)))
      continue;
    throw new Violation(
      'proxies converge on the newest document',
      `${name} has ${applied?.generation}, Redis ${stored.at(-1)?.document.generation}`,
    );
  }
}
