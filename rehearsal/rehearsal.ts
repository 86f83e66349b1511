import { Interruption } from './interruption.ts';
import { openStage } from './open-stage.ts';
import type { RehearsalOptions } from './rehearsal-options.ts';
import { chooseEndpoints, linksOf } from './endpoints.ts';
import { writeReport } from './report.ts';
import type { Scenario } from './scenarios/scenario.ts';
import type { Screen } from './screen.ts';
import { checkNoneFailed, type Stage } from './stage.ts';
import { reportLines } from './report-lines.ts';
import { Workspace } from './workspace.ts';

const defaultTraffic = 50;
/** What a report calls a rehearsal without a scenario. */
const steady = 'steady';

export interface RehearsalContext {
  readonly options: RehearsalOptions;
  /** Undefined: go on until told to stop. */
  readonly scenario: Scenario | undefined;
  readonly screen: Screen;
  /** Rejects with an Interruption when someone wants it to end. */
  readonly interrupted: Promise<never>;
  /** Is given what ends every process at once, for someone in a hurry. */
  readonly onHurry: (kill: () => void) => void;
}

/**
 * From start to end; nothing that it started outlives it.
 * @returns the exit code.
 * @throws PerchError what kept it from starting or going on.
 */
export async function rehearse(context: RehearsalContext): Promise<number> {
  const { options, screen, interrupted, onHurry } = context;
  const endpoints = await chooseEndpoints(options.port);
  const plan = context.scenario ?? { hasMonitor: true };
  screen.announce(
    'Perch rehearsal: a canary release on this machine',
    linksOf(endpoints, plan.hasMonitor),
  );
  const workspace = await Workspace.open();
  const { supervisor } = workspace;
  onHurry(() => void supervisor.killAll());
  const tooEarly = Promise.race([interrupted, supervisor.crashed]);
  try {
    const opening = openStage(options, plan, endpoints, workspace, (what) => screen.ready(what));
    const stage = await Promise.race([opening, tooEarly]);
    return await perform(context, stage, tooEarly);
  } catch (error) {
    if (error instanceof Interruption) return error.exitCode;
    screen.print(`logs: ${await workspace.keepLogs()}`);
    throw error;
  } finally {
    await workspace.close();
  }
}

/** Plays on a stage that stands, and reports, whatever the end. */
async function perform(
  { options, scenario, screen }: RehearsalContext,
  stage: Stage,
  tooEarly: Promise<never>,
): Promise<number> {
  const { traffic, recorder, reader } = stage;
  screen.show(stage);
  traffic.setRate(options.traffic ?? scenario?.traffic ?? defaultTraffic);
  try {
    await Promise.race([scenario?.play(stage) ?? tooEarly, tooEarly]);
  } catch (error) {
    const isWanted = scenario === undefined && error instanceof Interruption;
    if (!isWanted) recorder.check('went on to its end', { expected: true, actual: String(error) });
    if (!(error instanceof Interruption)) throw error;
    if (!isWanted) return error.exitCode;
  } finally {
    await traffic.stop();
    if (scenario === undefined) checkNoneFailed(stage);
    reader.close();
    stage.monitoring?.mailbox.close();
    screen.hide();
    await report({ options, scenario, screen }, stage);
  }
  return recorder.allHeld ? 0 : 1;
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
