import {
  ConcurrentUpdateError,
  type ConfigMap,
  type Stack,
} from '@pulumi/pulumi/automation/index.js';
import type { Track } from '../../runtime/contract/names.ts';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import type { ReleaseAction } from '../../runtime/contract/release-record.ts';
import { attemptedRelease } from './attempted-release.ts';
import { beforeChange } from './before-change.ts';
import { withValues, type ConfigFile } from './config-values.ts';
import type { ChosenRelease, DeploymentOptions } from './deployment-options.ts';
import { firstLine, pulumiFailure } from './failure.ts';
import { notifiedLogs } from './failure-logs.ts';
import { refuseForeignCanaries } from './foreign-canaries.ts';
import { goBack } from './going-back.ts';
import { lastGoodOf, type LastGood } from './last-good.ts';
import { lostBuilds } from './lost-builds.ts';
import { notify } from './notify.ts';
import { provideImages } from './provide-images.ts';
import { pruneBuilt } from './prune-built.ts';
import { ReleaseLog, type KnownRelease } from './release-log.ts';
import { releaseOrigin } from './release-origin.ts';
import { ejectionReasons, problemsBefore } from './release-reading.ts';
import { makeReady } from './make-ready.ts';
import { keepStackLogs } from './stack-logs.ts';
import { StackPerch } from './stack-perch.ts';
import { watchRelease } from './watch.ts';
import { stackConfiguration } from '../recovery/stack-configuration.ts';

const show = (text: string) => process.stdout.write(text);
const say = (line: string) => console.log(`deploy: ${line}`);

/** Patience with what a release has yet to become, also if the release is checked only once. */
function patience(expected: DeploymentOptions['expected']) {
  return expected === undefined ? {} : { patienceMs: 20_000 };
}

/** Images of a record that begins. The program finds its record by both of them, or by none. */
function recordable(release: ChosenRelease | undefined): KnownRelease {
  const known = release?.known ?? {};
  return known.runtimeImage === undefined ? {} : known;
}

interface Failure {
  readonly reason: string;
  /** True if the update came to its end, and the release failed while it was watched. */
  readonly isOut: boolean;
}

interface UpdateArgs {
  /** Problems of the release before the update. */
  readonly before: readonly string[];
  /** The release before the update. Undefined: none. */
  readonly lastGood: LastGood | undefined;
  readonly log: ReleaseLog;
  /** URNs of what is built again. */
  readonly replace: string[];
}

/** One deployment of a stack: preview, update and watch, then a rollback if one of them failed. */
export class Deployment {
  readonly #stack: Stack;
  readonly #options: DeploymentOptions;
  readonly #perch: StackPerch;
  /** That of the stack's file. Asked for once, because Pulumi takes seconds and no deployment changes it. */
  #config: Promise<ConfigMap> | undefined;

  constructor(stack: Stack, options: DeploymentOptions) {
    this.#stack = stack;
    this.#options = options;
    this.#perch = options.ready ?? new StackPerch(stack);
  }

  /**
   * Deploys the stack.
   * @returns true if the release is healthy. False: it failed, or was cancelled.
   * @throws PerchError `process_failed` or `conflict` if nothing was changed.
   */
  async run(): Promise<boolean> {
    const stack = this.#stack;
    const { release, verifySeconds, cancellation, ready } = this.#options;
    if (ready === undefined) {
      await this.#beforeChange(() => makeReady({ stack, perch: this.#perch, say }));
    }
    const outputs = await this.#beforeChange(() => this.#perch.outputs());
    const lastGood = lastGoodOf(outputs);
    if (lastGood !== undefined) await this.#beforeChange(() => this.#refuseOtherCanaries());
    await this.#beforeChange(() => this.#provideImages());
    const before = lastGood === undefined ? [] : await problemsBefore(this.#perch);
    say('previewing the update');
    const { signalForPulumi: signal } = cancellation;
    const replace = await this.#beforeChange(() => this.#lostBuilds());
    await this.#beforeChange(() =>
      this.#configured((file) => stack.preview({ onOutput: show, signal, replace, ...file })),
    );
    const log = await this.#log(release?.action ?? 'deploy');
    // A stack that was never updated has no monitor yet.
    if (lastGood !== undefined) await log.begin(recordable(release));
    const failure = await this.#update({ before, lastGood, log, replace });
    if (cancellation.received !== undefined) return await this.#cancelled(log, failure?.reason);
    if (failure === undefined) {
      if (verifySeconds === undefined) return true;
      say(`${stack.name} is healthy after ${verifySeconds} s`);
      await this.#pruneBuilt();
      return true;
    }
    const logs = await keepStackLogs(stack, failure.reason, say);
    const outcome = await this.#rollBack(failure, lastGood, log);
    const summary = `deployment of ${stack.name} failed: ${failure.reason}`;
    console.error(`deploy: ${summary}. ${outcome}.`);
    await notify((words) => this.#perch.run(words), {
      stack: stack.name,
      summary,
      actions: [outcome],
      logs: notifiedLogs(logs),
    });
    return false;
  }

  /** A prod stack with a canary of its own must be the only stack that has one. */
  async #refuseOtherCanaries(): Promise<void> {
    const config = await this.#configuration();
    const value = (key: string) =>
      this.#options.release?.values[key] ?? config[`perch:${key}`]?.value;
    if (value('role') !== 'prod' || !value('canaryImage')) return;
    await refuseForeignCanaries(this.#stack, this.#perch);
  }

  /** Without a registry, the images of an earlier release are on hosts only. */
  async #provideImages(): Promise<void> {
    const { release, imageSources: sources = [] } = this.#options;
    if (release === undefined) return;
    const { known, values } = release;
    const images = [known.image, known.runtimeImage, values['canaryImage']];
    await provideImages({ stack: this.#stack, sources, images, version: known.version, say });
  }

  /** URNs of builds whose images are on no machine any more, as after a transfer that a CI runner began. */
  async #lostBuilds(): Promise<string[]> {
    const config = await this.#configuration();
    const value = (key: string) =>
      this.#options.release?.values[key] ?? config[`perch:${key}`]?.value;
    return await lostBuilds({ stack: this.#stack, value, say });
  }

  async #configuration(): Promise<ConfigMap> {
    this.#config ??= stackConfiguration(this.#stack, await this.#perch.outputs());
    return await this.#config;
  }

  /** Runs Pulumi with the release configured that is deployed. */
  async #configured(work: (file: ConfigFile) => Promise<unknown>): Promise<void> {
    await withValues(this.#stack, this.#options.release?.values ?? {}, work);
  }

  async #up(file: ConfigFile, replace: string[] = []): Promise<void> {
    const { signalForPulumi: signal } = this.#options.cancellation;
    try {
      await this.#stack.up({ onOutput: show, signal, replace, ...file });
    } finally {
      // Also an update that failed may have changed where commands run.
      this.#perch.forget();
    }
  }

  /** Updates the stack and watches the release; returns the failure if one of them failed. */
  async #update({ before, lastGood, log, replace }: UpdateArgs): Promise<Failure | undefined> {
    const { cancellation, verifySeconds: seconds, expected } = this.#options;
    try {
      await this.#configured((file) => this.#up(file, replace));
    } catch (error) {
      const isConcurrent = error instanceof ConcurrentUpdateError;
      const text = `nothing was changed: another update of ${this.#stack.name} is in progress`;
      const reason = isConcurrent ? text : pulumiFailure(error);
      await log.end('failed', { ...(await this.#attempted(lastGood)), reason });
      if (isConcurrent) throw new PerchError('conflict', text, { cause: error });
      return { reason, isOut: false };
    }
    const released = this.#released(lastGoodOf(await this.#perch.outputs()));
    const status = () => this.#perch.run(['status', '--json']);
    const watch = { status, before, expected, ...patience(expected), signal: cancellation.signal };
    const problems = seconds === undefined ? [] : await watchRelease({ ...watch, seconds });
    if (problems.length === 0) {
      await log.end('served', released);
      return undefined;
    }
    const reason = [...problems, ...(await ejectionReasons(this.#perch))].join('; ');
    await log.end('failed', { ...released, reason });
    return { reason, isOut: true };
  }

  /** Images and version of the track that was released. */
  #released(outputs: LastGood | undefined): KnownRelease {
    if (outputs === undefined) return {};
    const { canaryImage: image, canaryVersion: version, runtimeImage } = outputs;
    const isOwnCanary = this.#options.release?.track === 'canary' && image !== undefined;
    return isOwnCanary ? { image, version, runtimeImage } : outputs;
  }

  /** Image and version of a release whose update failed, for its record. */
  async #attempted(before: LastGood | undefined): Promise<KnownRelease> {
    const { release } = this.#options;
    if (release !== undefined) return release.known;
    try {
      const config = await this.#configuration();
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
    const { release } = this.#options;
    const config = await this.#configuration();
    const own: Track = config['perch:role']?.value === 'canary' ? 'canary' : 'stable';
    const origin = await releaseOrigin(stack.workspace.workDir);
    const args = {
      stack: stack.name,
      track: release?.track ?? own,
      origin: release?.isRecorded === true ? { ...origin, commit: undefined } : origin,
      perch: (words: readonly string[], input: string) => this.#perch.run(words, input),
      say,
    };
    return new ReleaseLog(args, action);
  }

  async #rollBack(
    { isOut }: Failure,
    before: LastGood | undefined,
    failed: ReleaseLog,
  ): Promise<string> {
    if (before === undefined) return 'there is no earlier image to roll back to';
    const { release } = this.#options;
    // A promotion that is out has ended its canary, whose image has just failed.
    const isOver = isOut && release?.values['canaryImage'] === '';
    const isEnded = before.isEnded === true || release?.hadNoCanary === true;
    const lastGood = isOver
      ? {
          ...before,
          canaryImage: undefined,
          canaryVersion: undefined,
          isEnded: release.values['canaryCount'] === '0',
        }
      : { ...before, isEnded };
    // The stable members have served all the time.
    const isOwnCanary = release?.track === 'canary' && release.values['canaryImage'] !== undefined;
    const isDeployed = !isOwnCanary && !isEnded;
    const log = isDeployed ? await this.#log('rollback') : undefined;
    const up = (file: ConfigFile) => this.#up(file);
    return await goBack({ stack: this.#stack, lastGood, log, failed, up, say });
  }

  async #pruneBuilt(): Promise<void> {
    const serving = lastGoodOf(await this.#perch.outputs());
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
      return await beforeChange(step);
    } finally {
      // A step that was cancelled fails in words of its own.
      cancellation.requireNone();
    }
  }
}
