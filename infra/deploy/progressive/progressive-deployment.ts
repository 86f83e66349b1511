import type { Stack } from '@pulumi/pulumi/automation/index.js';
import { z } from 'zod';
import { PerchError } from '../../../runtime/contract/perch-error.ts';
import { builtImage } from '../../config/image-reference.ts';
import { beforeChange } from '../before-change.ts';
import type { Cancellation } from '../cancellation.ts';
import type { ConfigValues } from '../config-values.ts';
import { Deployment } from '../deployment.ts';
import { refuseForeignCanaries } from '../foreign-canaries.ts';
import { lastGoodOf, type LastGood } from '../last-good.ts';
import { makeReady } from '../make-ready.ts';
import type { DeployOptions } from '../options.ts';
import { promotionDoubt } from '../release-health.ts';
import { programName, ReleaseLog } from '../release-log.ts';
import { releaseOrigin } from '../release-origin.ts';
import type { RecordedRelease } from '../rollback-target.ts';
import { followRollout, type RolloutEnd } from '../rollout/follow.ts';
import { keepStackLogs } from '../stack-logs.ts';
import { StackPerch } from '../stack-perch.ts';
import { hasSources } from '../checkout.ts';
import {
  freeVersion,
  isOfThisPerch,
  isOfVersion,
  ownRollout,
  recordsOf,
  type CanaryRollout,
} from './own-canary.ts';
import { promote } from './promotion.ts';
import { rolloutStart, type RolloutSituation, type RolloutStart } from './rollout-decision.ts';
import type { StackSettings } from './stack-settings.ts';

const say = (line: string) => console.log(`deploy: ${line}`);
const complain = (line: string) => console.error(`deploy: ${line}`);
const rolloutSchema = z.object({ rolloutId: z.string() });

export interface ProgressiveArgs {
  readonly stack: Stack;
  readonly settings: StackSettings;
  /** Prod stack that gets the image after the last step. Undefined: none. */
  readonly promote: Stack | undefined;
  readonly options: DeployOptions;
  readonly cancellation: Cancellation;
}

/** Stack before the deployment. */
interface Before {
  /** Undefined: it was never updated. */
  readonly outputs: LastGood | undefined;
  readonly rollout: CanaryRollout | undefined;
  readonly records: readonly RecordedRelease[];
}

/** Release that the canary runs. */
type CanaryRelease = Pick<LastGood, 'image' | 'runtimeImage' | 'version'>;

/** One deployment by the steps of a rollout: canary, following, promotion. */
export class ProgressiveDeployment {
  readonly #args: ProgressiveArgs;
  readonly #perch: StackPerch;

  constructor(args: ProgressiveArgs) {
    this.#args = args;
    this.#perch = new StackPerch(args.stack);
  }

  /**
   * Brings the canary out, or attaches to it, and follows its rollout to the promotion.
   * @returns true if the rollout went well. False: it did harm, or was left.
   * @throws PerchError `process_failed` or `conflict` if nothing was changed.
   */
  async run(): Promise<boolean> {
    const { stack, options } = this.#args;
    const { before, start } = await beforeChange(() => this.#prepared());
    const { rollout } = before;
    switch (start) {
      case 'first':
        say(`${stack.name} serves nothing yet: its first release is a plain deployment`);
        return await this.#deployStable(before);
      case 'serves':
        say(`${stack.name} serves that image already: a plain deployment without a canary`);
        return await this.#deployStable(before);
      case 'attach':
        say(`attaching to rollout ${rollout?.rolloutId}, which is ${rollout?.phase}`);
        break;
      case 'replace': {
        const text = `rollout ${rollout?.rolloutId} of another image is ${rollout?.phase}`;
        if (options.waitSeconds > 0) {
          throw new PerchError('conflict', `nothing was changed: ${text}`);
        }
        say(`${text}: its canary is replaced`);
        break;
      }
      case 'start':
    }
    if (before.outputs !== undefined) {
      await beforeChange(() => refuseForeignCanaries(stack, this.#perch));
    }
    if (start !== 'attach' && !(await this.#deployCanary(before))) return false;
    return await this.#follow();
  }

  get #hasStable(): boolean {
    return this.#args.settings.role !== 'canary';
  }

  /** Image to roll out. Undefined: it is built. */
  get #wanted(): string | undefined {
    return this.#args.options.image ?? this.#args.settings.image;
  }

  async #prepared(): Promise<{ readonly before: Before; readonly start: RolloutStart }> {
    await makeReady({ stack: this.#args.stack, perch: this.#perch, say });
    const before = await this.#read();
    return { before, start: rolloutStart(await this.#situation(before)) };
  }

  async #read(): Promise<Before> {
    const { stack, settings } = this.#args;
    const outputs = lastGoodOf(await this.#perch.outputs());
    if (outputs === undefined) return { outputs, rollout: undefined, records: [] };
    const rollout = await ownRollout(stack, this.#perch);
    return { outputs, rollout, records: await recordsOf(settings.name, this.#perch) };
  }

  async #situation({ outputs, rollout, records }: Before): Promise<RolloutSituation> {
    const hasStable = this.#hasStable;
    const serving = hasStable ? outputs?.image : undefined;
    const image = hasStable ? outputs?.canaryImage : outputs?.image;
    const version = hasStable ? outputs?.canaryVersion : outputs?.version;
    const isKnown = image !== undefined && rollout !== undefined && isOfVersion(rollout, version);
    const canary = isKnown ? { image, phase: rollout.phase } : undefined;
    const wanted = this.#wanted;
    const { stack, settings } = this.#args;
    const { workDir: folder } = stack.workspace;
    const checkout = { folder, buildContext: settings.buildContext };
    const isOf = async (candidate: string | undefined) =>
      wanted === undefined && (await hasSources(checkout, records, candidate));
    const checkedOut = (await isOf(canary?.image))
      ? 'canary'
      : (await isOf(serving))
        ? 'serving'
        : undefined;
    return { hasStable, serving, canary, wanted, checkedOut };
  }

  /** Deploys without a canary: the stable members get the image at once, or have it already. */
  async #deployStable({ outputs }: Before): Promise<boolean> {
    const { stack, options, cancellation } = this.#args;
    const image = this.#wanted ?? outputs?.image;
    const values = {
      ...(image !== undefined && { image }),
      ...(outputs !== undefined && { version: outputs.version }),
      ...this.#withoutCanary(),
    };
    const { verifySeconds } = options;
    const release = { action: 'deploy', known: { image }, values } as const;
    const deployment = { verifySeconds, cancellation, release, ready: this.#perch };
    return await new Deployment(stack, deployment).run();
  }

  /** Values that leave a stack with both tracks without a canary. */
  #withoutCanary(): ConfigValues {
    const { role } = this.#args.settings;
    return { canaryImage: '', canaryVersion: '', ...(role === 'local' && { canaryCount: '0' }) };
  }

  async #deployCanary(before: Before): Promise<boolean> {
    const { stack, options, cancellation } = this.#args;
    const { outputs } = before;
    const image = this.#wanted;
    const values =
      this.#hasStable && outputs !== undefined
        ? this.#besideStable(outputs, before.records)
        : { ...(options.image !== undefined && { image: options.image }) };
    const release = {
      action: 'deploy',
      track: 'canary',
      known: { image },
      values,
      hadNoCanary: before.rollout === undefined,
    } as const;
    const deployment = { verifySeconds: undefined, cancellation, release, ready: this.#perch };
    return await new Deployment(stack, deployment).run();
  }

  /** Values with which the stable members stay as they are, and a canary has the new image. */
  #besideStable(serving: LastGood, records: readonly RecordedRelease[]): ConfigValues {
    const { image, version, runtimeImage } = serving;
    const { version: named } = this.#args.settings;
    const isSamePerch = isOfThisPerch(image, records);
    if (!isSamePerch) say(`Perch's own image is deployed as configured`);
    return {
      image,
      version,
      ...(isSamePerch && { runtimeImage }),
      canaryImage: this.#wanted ?? builtImage,
      canaryVersion: named === version ? '' : freeVersion(named, this.#wanted, records),
    };
  }

  async #follow(): Promise<boolean> {
    const { stack, options, cancellation } = this.#args;
    const outputs = lastGoodOf(await this.#perch.outputs());
    if (outputs === undefined) throw new Error(`stack ${stack.name} has no outputs`);
    const { image, version, runtimeImage, canaryImage, canaryVersion } = outputs;
    const release =
      this.#hasStable && canaryImage !== undefined
        ? { image: canaryImage, version: canaryVersion ?? '', runtimeImage }
        : { image, version, runtimeImage };
    const perch = (words: readonly string[]) => this.#perch.run(words);
    const printed = await perch(['rollout', 'status', '--json']);
    const { rolloutId } = rolloutSchema.parse(JSON.parse(printed));
    const { timeoutMinutes } = options;
    const end = await followRollout({
      perch,
      rolloutId,
      output: process.stdout,
      signal: cancellation.signal,
      timeoutMs: timeoutMinutes === undefined ? undefined : timeoutMinutes * 60_000,
    });
    return await this.#ended(end, { rolloutId, release });
  }

  async #ended(
    end: RolloutEnd,
    { rolloutId, release }: { readonly rolloutId: string; readonly release: CanaryRelease },
  ): Promise<boolean> {
    const { name } = this.#args.stack;
    switch (end.kind) {
      case 'promoting':
      case 'succeeded':
        return await this.#promote(release);
      case 'aborted':
        complain(`rollout ${rolloutId} was aborted: ${end.reason}`);
        for (const line of end.evidence) complain(`  ${line}`);
        await this.#recordAborted(release, end.reason);
        await keepStackLogs(this.#args.stack, end.reason, say);
        complain(
          `nothing else has changed. The ejected canary stays for its logs: npx perch --stack ${name} logs --track canary. Release another image, or begin again with this one: npx perch --stack ${name} rollout retry --reason TEXT`,
        );
        return false;
      case 'replaced':
        complain(`rollout ${rolloutId} was replaced by ${end.by}`);
        return false;
      case 'lost':
        complain(`the rollout's status is not available: ${end.reason}`);
        break;
      case 'left':
    }
    say(
      `rollout ${rolloutId} goes on without this command. To follow it, run the same command again; or see npx perch --stack ${name} rollout status, and end it by npx perch --stack ${name} rollout abort --reason TEXT`,
    );
    return false;
  }

  async #promote(release: CanaryRelease): Promise<boolean> {
    const { stack, settings, options, cancellation, promote: prod } = this.#args;
    const { verifySeconds } = options;
    const { image, version, runtimeImage } = release;
    if (this.#hasStable) {
      say(`promoting version ${version}: ${image}`);
      // Proxies and monitors stay: a build of Perch's own image on another machine has another digest.
      const isSamePerch = isOfThisPerch(image, await recordsOf(settings.name, this.#perch));
      const known = { image, version, ...(isSamePerch && { runtimeImage }) };
      const values = { ...known, ...this.#withoutCanary() };
      const promoted = await new Deployment(stack, {
        verifySeconds,
        cancellation,
        release: { action: 'deploy', known, values, isRecorded: true },
        expected: (status) => promotionDoubt(status, version),
      }).run();
      if (promoted) say(`version ${version} serves everywhere, and nothing of the canary is left`);
      return promoted;
    }
    if (prod !== undefined) {
      return await promote({ prod, canary: stack, release, verifySeconds, cancellation });
    }
    const to = programName(settings.prodStack ?? 'PROD');
    say(
      `the canary of ${stack.name} has passed every step: promote it by npx perch deploy --stack ${stack.name} --promote ${to}`,
    );
    return true;
  }

  /** Records that the canary's release failed. Its record says "served" since its members do. */
  async #recordAborted(release: CanaryRelease, reason: string): Promise<void> {
    const { stack } = this.#args;
    const origin = await releaseOrigin(stack.workspace.workDir);
    const perch = (words: readonly string[], input: string) => this.#perch.run(words, input);
    const log = new ReleaseLog(
      // The canary may be of another commit than the one that is checked out.
      { stack: stack.name, track: 'canary', origin: { ...origin, commit: undefined }, perch, say },
      'deploy',
    );
    await log.end('failed', { ...release, reason });
  }
}
