import { setTimeout as delay } from 'node:timers/promises';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { lostGeneration } from '../../../runtime/core/release/lost-document.ts';
import { parseReleaseDocument } from '../../../runtime/core/release/release-document.ts';
import type { ProxyReport } from '../../../runtime/store/release/proxy-reports.ts';
import { service, type World } from '../world.ts';
import { perch } from './perch.ts';

const moves = ['pause', 'resume', 'promote', 'abort', 'retry'];

/**
 * A person who works on the service, and restores the release document once `perch status` says that
 * live proxies apply one that Redis lost.
 */
export function startOperator(world: World): void {
  const random = world.chanceOf('operator');
  world.supervise('person', world.control, async () => {
    for (;;) {
      await delay(random.between(2_000, 9_000));
      if (isLost(world)) await restore(world);
      else if (world.isStormy) {
        const args = anyArgs();
        if (args !== undefined) await perch(world, 'person', args);
      }
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
      ['rollout', random.pick(moves) ?? 'pause', '--reason=a person moves it'],
      ['rollout', random.pick(moves) ?? 'resume', '--reason=a person moves it'],
      ['reinstate', '--reason=a person reinstates it'],
      ['reinstate', member, '--reason=a person reinstates a member'],
      undefined,
    ]);
  }
}

/** True if live proxies apply a document that Redis lost, as `perch status` finds it. */
function isLost({ redis: { isUp, keyspace } }: World): boolean {
  const { release, proxy } = redisKeys(service);
  const stored = keyspace.string(release);
  const generation = stored === undefined ? 0 : parseReleaseDocument(stored).generation;
  const reports = keyspace
    .keys(proxy(''))
    .map((key) => JSON.parse(keyspace.string(key) ?? '') as ProxyReport);
  return isUp && lostGeneration(generation, reports) !== undefined;
}

/** Stores the document that the proxies offer; without an offer, the newest that one has on its disk. */
async function restore(world: World): Promise<void> {
  const { code } = await perch(world, 'person', ['restore']);
  const file = newestRetained(world);
  if (code !== 'bad_input' || file === undefined) return;
  await perch(world, 'person', ['restore', '--document', file]);
}

function newestRetained(world: World): string | undefined {
  const retained = [...world.platform.files]
    .filter(([path, json]) => path.endsWith(`/release-${service}.json`) && json !== '')
    .map(([path, json]) => ({ path, generation: parseReleaseDocument(json).generation }));
  return retained.sort((a, b) => b.generation - a.generation)[0]?.path;
}
