import { migrateBefore } from '../parts/migration.ts';
import { ReleaseRecorder, versionBefore } from '../parts/release-recorder.ts';
import { checkNoneFailed, endWithEnough, setWeight, type Stage } from '../stage.ts';
import { checkEjectionEmails } from './incidents.ts';
import { checkCause, checkOnlyCanaryFailed, untilEjected, untilSettled } from './judging.ts';
import { beginRollout, followRollout, steps } from './rollout-steps.ts';
import type { Scenario } from './scenario.ts';
import { checkServes, stableOf, swapStable } from './swapping.ts';

/** Enough for a canary member to get about as many requests as a stable one does, at the last step. */
const canaryCount = 2;
const firstVersion = '1.0.0';
const goodVersion = '1.1.0';
const harmfulVersion = '1.2.0';
/** Share of its requests that the harmful version fails, percent. */
const errorPercent = 30;

/** Whole way of a version from its migration to all of the traffic, of a harmful one, and back. */
export const progressive: Scenario = {
  name: 'progressive',
  description: 'canary, three steps, promotion; a harmful version is ejected; then a rollback',
  traffic: 150,
  hasMonitor: true,
  beginsWithoutCanary: true,
  async play(stage) {
    const { recorder } = stage;
    const beganMs = recorder.elapsedMs;
    const log = new ReleaseRecorder(stage.perch);
    await untilSettled(stage);
    await (
      await log.begin({ track: 'stable', version: firstVersion, action: 'deploy' })
    )('served');
    recorder.note(`${stableOf(stage).length} stable members run ${firstVersion}, under load`);

    await releaseGood(stage, log);
    checkNoneFailed(stage);
    await releaseHarmful(stage, log);
    await rollBack(stage, log);

    recorder.note(`all of it took ${seconds(recorder.elapsedMs - beganMs)}`);
    await endWithEnough(stage);
    checkOnlyCanaryFailed(stage, 'status 500');
    await checkEjectionEmails(stage, 1);
  },
};

async function releaseGood(stage: Stage, log: ReleaseRecorder): Promise<void> {
  const { recorder, reader } = stage;
  const version = goodVersion;
  const endCanary = await addCanary(stage, log, { version });
  const decided = await followRollout(stage, version, 'promoting');
  await endCanary('served');
  recorder.check('steps that the judge found safe', {
    expected: steps.length,
    actual: decided.filter(({ by }) => by.startsWith('monitor')).length,
  });

  recorder.note(`promotion: ${version} becomes stable, one member at a time, each judged`);
  const end = await log.begin({ track: 'stable', version, action: 'deploy' });
  recorder.check(`${version} is migrated again for its promotion`, {
    expected: false,
    actual: (await migrateBefore(stage.perch, version)) !== undefined,
  });
  await swapStable(stage, version);
  await setWeight(stage, 0);
  await removeCanary(stage);
  await followRollout(stage, version, 'succeeded');
  await end('served');
  const { release } = await reader.read();
  recorder.check('canary members after the promotion', {
    expected: 0,
    actual: release?.members.filter(({ track }) => track === 'canary').length ?? 'none',
  });
  await checkServes(stage, version);
}

async function releaseHarmful(stage: Stage, log: ReleaseRecorder): Promise<void> {
  const { recorder, reader } = stage;
  const before = namesOf(stage);
  const version = harmfulVersion;
  const fault = `error-share=${errorPercent}`;
  const endCanary = await addCanary(stage, log, { version, fault });
  recorder.note(`${version} answers ${errorPercent}% of its requests with 500: nobody knows yet`);
  const ejection = await untilEjected(stage);
  checkCause(stage, ejection, ['errors']);
  const { release } = await reader.read();
  await endCanary('failed', release?.reason);
  recorder.check('phase and weight after the harm', {
    expected: 'aborted, 0%',
    actual: `${release?.phase}, ${release?.weight}%`,
  });
  recorder.check('step at which it was ejected', {
    expected: `at most ${steps.length}`,
    actual: (release?.step ?? steps.length) + 1,
    ok: release !== undefined && release.step < steps.length,
  });
  recorder.check('stable members after the harm', {
    expected: before,
    actual: namesOf(stage),
  });
  await checkServes(stage, goodVersion);
}

async function rollBack(stage: Stage, log: ReleaseRecorder): Promise<void> {
  const { recorder, perch } = stage;
  const history = await log.list();
  for (const { version, track, action, outcome, serves } of history) {
    recorder.note(
      `  history: ${version} ${track} ${action}: ${outcome}${serves ? ', serves' : ''}`,
    );
  }
  const version = versionBefore(history);
  recorder.check('version before the one that serves', { expected: firstVersion, actual: version });
  recorder.note(`rollback to ${version}; the ejected canary goes too`);
  const end = await log.begin({ track: 'stable', version, action: 'rollback' });
  await removeCanary(stage);
  await migrateBefore(perch, version);
  await swapStable(stage, version);
  await end('served');
  await checkServes(stage, version);
}

/**
 * Migrates, adds canary members, and begins their rollout.
 * @returns a function that records the end of the release.
 */
async function addCanary(
  stage: Stage,
  log: ReleaseRecorder,
  { version, fault }: { readonly version: string; readonly fault?: string },
): ReturnType<ReleaseRecorder['begin']> {
  const { perch, fleet, recorder } = stage;
  recorder.note(`${version} is released: its migration runs first, once`);
  const end = await log.begin({ track: 'canary', version, action: 'deploy' });
  const made = await migrateBefore(perch, version);
  const changes = made === undefined || made.length === 0 ? 'nothing to do' : made.join(', ');
  recorder.note(`  migration: ${changes}`);
  const ids = Array.from({ length: canaryCount }, (_, index) => `canary-${version}-${index + 1}`);
  const plan = { track: 'canary', version, ...(fault !== undefined && { fault }) } as const;
  await Promise.all(ids.map((id) => fleet.add({ id, ...plan })));
  recorder.note(`${ids.join(' and ')} run, healthy, without a request yet`);
  await beginRollout(stage, version);
  return end;
}

async function removeCanary({ fleet, recorder }: Stage): Promise<void> {
  const ids = fleet.members.filter(({ track }) => track === 'canary').map(({ id }) => id);
  await Promise.all(ids.map((id) => fleet.remove(id)));
  recorder.note(`${ids.join(' and ')} are drained and gone`);
}

/** Stable members, for a comparison. */
function namesOf(stage: Stage): string {
  return stableOf(stage)
    .map(({ id, version }) => `${id} (${version})`)
    .join(', ');
}

function seconds(durationMs: number): string {
  return `${Math.round(durationMs / 1_000)} s`;
}
