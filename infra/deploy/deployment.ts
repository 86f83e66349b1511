import {
  ConcurrentUpdateError,
  type OutputMap,
  type Stack,
} from '@pulumi/pulumi/automation/index.js';
import { z } from 'zod';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { recover } from '../recovery/recovery.ts';
import { controlOf } from '../config/prod-connection.ts';
import { inMonitor } from '../shell/in-monitor.ts';
import { onControl, type ControlAddress } from '../shell/control-shell.ts';
import { pulumiFailure } from './failure.ts';
import { parseStatus, releaseProblems } from './release-health.ts';
import { lastGoodOf, withLastGood, type LastGood } from './last-good.ts';
import { notify } from './notify.ts';
import { watchRelease } from './watch.ts';

// The names that `perch incidents --json` has printed since release 0.1.
const incidentsSchema = z.array(
  z.object({ rule: z.string(), facts: z.object({ headline: z.string() }) }),
);

const show = (text: string) => process.stdout.write(text);
const say = (line: string) => console.log(`deploy: ${line}`);

/** One deployment of a stack: preview, update, watch, and back when that went wrong. */
export class Deployment {
  readonly #stack: Stack;
  readonly #verifySeconds: number;

  constructor(stack: Stack, verifySeconds: number) {
    this.#stack = stack;
    this.#verifySeconds = verifySeconds;
  }

  /**
   * @returns whether the release is well.
   * @throws PerchError `process_failed` or `conflict` before anything was changed.
   */
  async run(): Promise<boolean> {
    const stack = this.#stack;
    await this.#beforeChange(() => recover(stack, { breakLock: false, say }));
    const outputs = await this.#beforeChange(() => stack.outputs());
    const lastGood = lastGoodOf(outputs);
    const before = lastGood === undefined ? [] : await this.#problemsNow();
    say('what would change');
    await this.#beforeChange(() => stack.preview({ onOutput: show }));
    const failure = await this.#failureOf(before);
    if (failure === undefined) {
      say(`${stack.name} is well after ${this.#verifySeconds} s`);
      return true;
    }
    const outcome = await this.#rollBack(lastGood);
    const summary = `deployment of ${stack.name} failed: ${failure}`;
    console.error(`deploy: ${summary}. ${outcome}.`);
    await notify((words) => this.#perch(words), { stack: stack.name, summary, actions: [outcome] });
    return false;
  }

  /** What went wrong with the update or after it, if anything did. */
  async #failureOf(before: readonly string[]): Promise<string | undefined> {
    try {
      await this.#stack.up({ onOutput: show });
    } catch (error) {
      if (error instanceof ConcurrentUpdateError) {
        const text = `nothing was changed: another update of ${this.#stack.name} came first`;
        throw new PerchError('conflict', text, { cause: error });
      }
      return pulumiFailure(error);
    }
    const status = () => this.#perch(['status', '--json']);
    const problems = await watchRelease({ status, before, seconds: this.#verifySeconds });
    if (problems.length === 0) return undefined;
    return [...problems, ...(await this.#whyEjected())].join('; ');
  }

  async #rollBack(lastGood: LastGood | undefined): Promise<string> {
    if (lastGood === undefined) return 'there is no earlier image to go back to';
    const { image, version } = lastGood;
    let failure = '';
    // The second try finishes what the first one left half done.
    for (let tries = 0; tries < 2; tries += 1) {
      say(`going back to ${image}`);
      try {
        await withLastGood(this.#stack, lastGood, () => this.#stack.up({ onOutput: show }));
        return `the last good image was deployed again: ${image} (version ${version})`;
      } catch (error) {
        failure = pulumiFailure(error);
      }
    }
    return `going back to ${image} failed too: ${failure}; the members that served still do`;
  }

  async #problemsNow(): Promise<string[]> {
    try {
      return releaseProblems(parseStatus(await this.#perch(['status', '--json'])));
    } catch {
      // Whatever is wrong now is no reason to excuse it later.
      return [];
    }
  }

  /** The judge's own words, if it took a canary out. */
  async #whyEjected(): Promise<string[]> {
    try {
      const open = incidentsSchema.parse(JSON.parse(await this.#perch(['incidents', '--json'])));
      return open
        .filter(({ rule }) => rule === 'canary-ejected')
        .map(({ facts }) => facts.headline);
    } catch {
      // Only the reason is missing then.
      return [];
    }
  }

  /** Runs a `perch` command where Redis is. */
  async #perch(words: readonly string[]): Promise<string> {
    const outputs = await this.#stack.outputs();
    const service = String(outputs['service']?.value);
    return await onControl(await this.#controlAddress(outputs), inMonitor(service, words));
  }

  /** Undefined on target docker, where commands run here. */
  async #controlAddress(outputs: OutputMap): Promise<ControlAddress | undefined> {
    // A stack that release 0.1 updated last has the output under its old name.
    const output = outputs['connection'] ?? outputs['joint'];
    const control = controlOf(output?.value);
    if (control === undefined) return undefined;
    const { value: privateKey } = await this.#stack.getConfig('perch:sshPrivateKey');
    return { ...control, privateKey };
  }

  async #beforeChange<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (cause) {
      if (cause instanceof PerchError) throw cause;
      const text = `nothing was changed: ${pulumiFailure(cause)}`;
      throw new PerchError('process_failed', text, { cause });
    }
  }
}
