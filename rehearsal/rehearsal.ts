import { Interruption } from './interruption.ts';
import { openStage, type StagePlan } from './open-stage.ts';
import type { RehearsalOptions } from './rehearsal-options.ts';
import { chooseEndpoints, linksOf } from './endpoints.ts';
import { writeReport } from './report.ts';
import type { Scenario } from './scenarios/scenario.ts';
import type { Screen } from './screen.ts';
import { checkNoneFailedElsewhere, type Stage } from './stage.ts';
import { reportLines } from './report-lines.ts';
import { requireAuthority } from './parts/certificate-authority.ts';
import { tipsOf } from './tips.ts';
import { searchPath, Workspace } from './workspace.ts';

const defaultTraffic = 50;
/** Scenario name in the report of a rehearsal without one. */
const steady = 'steady';

export interface RehearsalContext {
  readonly options: RehearsalOptions;
  /** Undefined: run until interrupted. */
  readonly scenario: Scenario | undefined;
  readonly screen: Screen;
  /** Rejects with an Interruption to end the rehearsal. */
  readonly interrupted: Promise<never>;
  /** Receives a function that kills every process at once. */
  readonly onStart: (kill: () => void) => void;
}

/**
 * Runs a rehearsal from start to end. No process or file of it outlives it.
 * @returns the exit code.
 * @throws PerchError if it could not start or continue.
 */
export async function rehearse(context: RehearsalContext): Promise<number> {
  const { options, screen, interrupted, onStart } = context;
  if (options.tls) requireAuthority(searchPath());
  const endpoints = await chooseEndpoints(options.port);
  const plan: StagePlan = context.scenario ?? { hasMonitor: true };
  screen.announce(
    'Perch rehearsal: a canary release on this machine',
    linksOf(endpoints, { ...plan, tls: options.tls }),
  );
  const workspace = await Workspace.open();
  const { supervisor } = workspace;
  onStart(() => void supervisor.killAll());
  const ended = Promise.race([interrupted, supervisor.crashed]);
  try {
    const opening = openStage({
      options,
      plan,
      endpoints,
      workspace,
      onReady: (part) => screen.ready(part),
    });
    const stage = await Promise.race([opening, ended]);
    await workspace.publish({ service: stage.service, redisUrl: stage.redis.url });
    if (context.scenario === undefined) screen.suggest(tipsOf(stage.fleet));
    return await perform(context, stage, ended);
  } catch (error) {
    if (error instanceof Interruption) return error.exitCode;
    screen.print(`logs: ${await workspace.keepLogs()}`);
    throw error;
  } finally {
    await workspace.close();
  }
}

/** Plays the scenario and writes the report, also after a failure. */
async function perform(
  { options, scenario, screen }: RehearsalContext,
  stage: Stage,
  ended: Promise<never>,
): Promise<number> {
  const { traffic, recorder, reader, guests } = stage;
  screen.show(stage);
  traffic.setRate(options.traffic ?? scenario?.traffic ?? defaultTraffic);
  try {
    await Promise.race([scenario?.play(stage) ?? ended, ended]);
  } catch (error) {
    const isRegularEnd = scenario === undefined && error instanceof Interruption;
    if (!isRegularEnd) recorder.check('ran to the end', { expected: true, actual: String(error) });
    if (!(error instanceof Interruption)) throw error;
    if (!isRegularEnd) return error.exitCode;
  } finally {
    await traffic.stop();
    await guests.close();
    if (scenario === undefined) checkNoneFailedElsewhere(stage);
    reader.close();
    stage.monitoring?.mailbox.close();
    screen.hide();
    await report({ options, scenario, screen }, stage);
  }
  return recorder.allPassed ? 0 : 1;
}

async function report(
  { options, scenario, screen }: Pick<RehearsalContext, 'options' | 'scenario' | 'screen'>,
  { recorder, traffic }: Stage,
): Promise<void> {
  const result = recorder.report(scenario?.name ?? steady, traffic.counts);
  for (const line of reportLines(result, traffic.counts, screen.paint)) screen.print(line);
  if (options.report === undefined) return;
  await writeReport(options.report, result);
  screen.print(`report: ${options.report}`);
}
