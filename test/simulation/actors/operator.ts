import { setTimeout as delay } from 'node:timers/promises';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { parseReleaseDocument } from '../../../runtime/core/release/release-document.ts';
import { service, type World } from '../world.ts';
import { perch } from './perch.ts';

/** A person who works on the service, and restores the document once Redis has lost it. */
export function startOperator(world: World): void {
  const random = world.chanceOf('operator');
  world.supervise('person', world.control, async () => {
    for (;;) {
      await delay(random.between(2_000, 9_000));
      const args = isBehind(world) ? restoreArgs(world) : world.isStormy ? anyArgs() : undefined;
      if (args !== undefined) await perch(world, 'person', args);
    }
  });

  function anyArgs(): readonly string[] | undefined {
    const canaries = world.fleet.containers.filter(({ track }) => track === 'canary');
    const member = `--member=${random.pick(canaries)?.id}`;
    return random.pick([
      ['weight', String(random.whole(1, 60))],
      ['weight', '0'],
      ['eject', '--reason=a person ejects it'],
      ['eject', member, '--reason=a person ejects a member'],
      ['reinstate', '--reason=a person reinstates it'],
      ['reinstate', member, '--reason=a person reinstates a member'],
      undefined,
    ]);
  }
}

/** Newest document that a proxy retains on disk. */
function newestRetained(world: World): { path: string; generation: number } | undefined {
  const retained = [...world.platform.files]
    .filter(([path, json]) => path.endsWith(`/release-${service}.json`) && json !== '')
    .map(([path, json]) => ({ path, generation: parseReleaseDocument(json).generation }));
  return retained.sort((a, b) => b.generation - a.generation)[0];
}

/** True if Redis holds an older document than the proxies do. */
function isBehind(world: World): boolean {
  const stored = world.redis.keyspace.string(redisKeys(service).release);
  const generation = stored === undefined ? 0 : parseReleaseDocument(stored).generation;
  return world.redis.isUp && (newestRetained(world)?.generation ?? 0) > generation;
}

function restoreArgs(world: World): readonly string[] | undefined {
  const newest = newestRetained(world);
  return newest && ['restore', '--document', newest.path];
}
