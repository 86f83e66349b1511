import { ConcurrentUpdateError, type Stack } from '@pulumi/pulumi/automation/index.js';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import type { ReleaseAction } from '../../runtime/contract/release-record.ts';
import { followControl } from '../recovery/follow-control.ts';
import { recover } from '../recovery/recovery.ts';
import { attemptedRelease, type AttemptedRelease } from './attempted-release.ts';
import type { Cancellation } from './cancellation.ts';
import { whyOver } from './ci-runs.ts';
import { firstLine, pulumiFailure } from './failure.ts';
import { notifiedLogs } from './failure-logs.ts';
import { goBack } from './going-back.ts';
import { lastGoodOf, withLastGood, type LastGood } from './last-good.ts';
import { notify } from './notify.ts';
import { pruneBuilt } from './prune-built.ts';
import { programName, ReleaseLog } from './release-log.ts';
import { releaseOrigin } from './release-origin.ts';
import { ejectionReasons, problemsBefore } from './release-reading.ts';
import { keepStackLogs } from './stack-logs.ts';
import { StackPerch } from './stack-perch.ts';
import { watchRelease } from './watch.ts';

const show = (text: string) => process.stdout.write(text);
const say = (line: string) => console.log(`deploy: ${line}`);

export interface DeploymentOptions {
  /** Seconds for which the release is watched after the update. */
  readonly verifySeconds: number;
  readonly cancellation: Cancellation;
  /** Recorded release to deploy again. Default: what the stack's configuration names. */
  readonly rollback?: LastGood | undefined;
}

interface UpdateArgs {
  /** Problems of the release before the update. */
  readonly before: readonly string[];
  /** The release before the update. Undefined: none. */
  readonly lastGood: LastGood | undefined;
  readonly log: ReleaseLog;
}

/** One deployment of a stack: preview, update and watch, then a rollback if one of them failed. */
export class Deployment {
  readonly #stack: Stack;
  readonly #options: DeploymentOptions;
  readonly #perch: StackPerch;

  constructor(stack: Stack, options: DeploymentOptions) {
    this.#stack = stack;
    this.#options = options;
    this.#perch = new StackPerch(stack);
  }

  /**
   * Deploys the stack.
   * @returns true if the release is healthy. False: it failed, or was cancelled.
   * @throws PerchError `process_failed` or `conflict` if nothing was changed.
   */
  async run(): Promise<boolean> {
    const stack = this.#stack;
    const { rollback, verifySeconds, cancellation } = this.#options;
    await this.#beforeChange(() => this.#recover());
    await this.#beforeChange(() => followControl(stack, say));
    this.#perch.forgetAccess();
    const outputs = await this.#beforeChange(() => stack.outputs());
    const lastGood = lastGoodOf(outputs);
    const before = lastGood === undefined ? [] : await problemsBefore(this.#perch);
    say('previewing the update');
    const { signalForPulumi: signal } = cancellation;
    await this.#beforeChange(() =>
      this.#configured(() => stack.preview({ onOutput: show, signal })),
    );
    const log = await this.#log(rollback === undefined ? 'deploy' : 'rollback');
    // A stack that was never updated has no monitor yet.
    if (lastGood !== undefined) await log.begin(rollback ?? {});
    const failure = await this.#update({ before, lastGood, log });
    if (cancellation.received !== undefined) return await this.#cancelled(log, failure);
    if (failure === undefined) {
      say(`${stack.name} is healthy after ${verifySeconds} s`);
      await this.#pruneBuilt();
      return true;
    }
    const logs = await keepStackLogs(stack, failure, say);
    const outcome = await this.#rollBack(lastGood, log);
    const summary = `deployment of ${stack.name} failed: ${failure}`;
    console.error(`deploy: ${summary}. ${outcome}.`);
    await notify((words) => this.#perch.run(words), {
      stack: stack.name,
      summary,
      actions: [outcome],
      logs: notifiedLogs(logs),
    });
    return false;
  }

  /** Recovers from an interrupted update, and breaks its lock if it is certainly over. */
  async #recover(): Promise<void> {
    const locked = { stack: programName(this.#stack.name), perch: this.#perch, say };
    await recover(this.#stack, {
      breakLock: false,
      whyOver: (holder) => whyOver(locked, holder),
      say,
    });
  }

  /** Runs Pulumi with the release configured that is deployed. */
  async #configured(work: () => Promise<unknown>): Promise<void> {
    const { rollback } = this.#options;
    await (rollback === undefined ? work() : withLastGood(this.#stack, rollback, work));
  }

  async #up(): Promise<void> {
    const { signalForPulumi: signal } = this.#options.cancellation;
    try {
      await this.#stack.up({ onOutput: show, signal });
    } finally {
      // Also an update that failed may have changed where commands run.
      this.#perch.forgetAccess();
    }
  }

  /** Updates the stack and watches the release; returns the reason if one of them failed. */
  async #update({ before, lastGood, log }: UpdateArgs): Promise<string | undefined> {
    const { cancellation, verifySeconds } = this.#options;
    try {
      await this.#configured(() => this.#up());
    } catch (error) {
      const isConcurrent = error instanceof ConcurrentUpdateError;
      const text = `nothing was changed: another update of ${this.#stack.name} is in progress`;
      const reason = isConcurrent ? text : pulumiFailure(error);
      await log.end('failed', { ...(await this.#attempted(lastGood)), reason });
      if (isConcurrent) throw new PerchError('conflict', text, { cause: error });
      return reason;
    }
    const released = lastGoodOf(await this.#stack.outputs()) ?? {};
    const status = () => this.#perch.run(['status', '--json']);
    const watch = { status, before, seconds: verifySeconds, signal: cancellation.signal };
    const problems = await watchRelease(watch);
    if (problems.length === 0) {
      await log.end('served', released);
      return undefined;
    }
    const failure = [...problems, ...(await ejectionReasons(this.#perch))].join('; ');
    await log.end('failed', { ...released, reason: failure });
    return failure;
  }

  /** Image and version of a release whose update failed, for its record. */
  async #attempted(before: LastGood | undefined): Promise<AttemptedRelease> {
    const { rollback } = this.#options;
    if (rollback !== undefined) return rollback;
    try {
      const config = await this.#stack.getAllConfig();
      const { deployment } = (await this.#stack.exportStack()) as { deployment: unknown };
      return attemptedRelease({ config, deployment, before });
    } catch (error) {
      // The failure itself must be reported.
      say(`the image of the release is not known: ${firstLine(error)}`);
      return {};
    }
  }

  /** Says how to go on after a signal. Nothing is rolled back: whoever cancelled may have no time. */
  async #cancelled(log: ReleaseLog, failure: string | undefined): Promise<boolean> {
    const { received } = this.#options.cancellation;
    const { name } = this.#stack;
    if (failure === undefined) {
      say(`cancelled by ${received}: the release serves, but was not watched to the end`);
      return false;
    }
    await log.end('failed', { reason: `cancelled by ${received}: ${failure}` });
    console.error(
      `deploy: cancelled by ${received}: the update of ${name} stopped halfway, and the members that served still serve. Run the same command again: it recovers first and goes on.`,
    );
    return false;
  }

  async #log(action: ReleaseAction): Promise<ReleaseLog> {
    const stack = this.#stack;
    const config = await stack.getAllConfig();
    const args = {
      stack: stack.name,
      track: config['perch:role']?.value === 'canary' ? 'canary' : 'stable',
      origin: await releaseOrigin(stack.workspace.workDir),
      perch: (words: readonly string[], input: string) => this.#perch.run(words, input),
      say,
    } as const;
    return new ReleaseLog(args, action);
  }

  async #rollBack(lastGood: LastGood | undefined, failed: ReleaseLog): Promise<string> {
    if (lastGood === undefined) return 'there is no earlier image to roll back to';
    const log = await this.#log('rollback');
    const up = () => this.#up();
    return await goBack({ stack: this.#stack, lastGood, log, failed, up, say });
  }

  async #pruneBuilt(): Promise<void> {
    const serving = lastGoodOf(await this.#stack.outputs());
    if (serving === undefined) return;
    const { image, runtimeImage } = serving;
    // Every CI service sets CI.
    const isRunner = Boolean(process.env['CI']);
    await pruneBuilt({ images: [image, runtimeImage], isRunner, say });
  }

  /** Runs a step that comes before the update; if it fails, the error says that nothing was changed. */
  async #beforeChange<T>(step: () => Promise<T>): Promise<T> {
    const { cancellation } = this.#options;
    try {
      const result = await step();
      cancellation.requireNone();
      return result;
    } catch (cause) {
      cancellation.requireNone();
      if (cause instanceof PerchError) throw cause;
      const text = `nothing was changed: ${pulumiFailure(cause)}`;
      throw new PerchError('process_failed', text, { cause });
    }
  }
}
