import type { RunningMember } from '../parts/fleet.ts';
import type { Stage } from '../stage.ts';
import { until } from '../until.ts';

/** Longest time for which a new stable member is judged, seconds. */
const judgeSeconds = 5;
/** Answers whose versions are compared. */
const comparedAnswers = 200;

export function stableOf({ fleet }: Pick<Stage, 'fleet'>): Pick<RunningMember, 'id' | 'version'>[] {
  return fleet.members
    .filter(({ track }) => track === 'stable')
    .map(({ id, version }) => ({ id, version }));
}

/** Swaps the stable members one at a time; each new one is judged before an old one goes. */
export async function swapStable(stage: Stage, version: string): Promise<void> {
  const { fleet, recorder } = stage;
  for (const [index, old] of stableOf(stage).entries()) {
    const id = `stable-${version}-${index + 1}`;
    const { judged } = await fleet.add({ id, track: 'stable', version, judgeSeconds });
    recorder.note(`  ${id} serves: ${judged ?? 'not judged'}`);
    await fleet.remove(old.id);
    recorder.note(`  ${old.id} is drained and gone`);
  }
}

/** Checks that the stable members run one version, and that it alone answers requests. */
export async function checkServes(stage: Stage, version: string): Promise<void> {
  const { recorder, traffic, reader, proxy } = stage;
  await proxy.untilApplied((await reader.read()).release?.generation ?? 0);
  const beganAt = Date.now();
  const versions = new Set<string>();
  let answers = 0;
  const end = traffic.onAnswer((answer) => {
    // Sent earlier: it may have been on its way to a member that has gone since.
    if (answer.dueAt < beganAt) return;
    answers += 1;
    versions.add(answer.version ?? 'none');
  });
  await until(`${comparedAnswers} answers`, () => answers >= comparedAnswers);
  end();
  recorder.check('version of all stable members and answers', {
    expected: version,
    actual: [...new Set([...versions, ...stableOf(stage).map((one) => one.version)])].join(', '),
  });
}
