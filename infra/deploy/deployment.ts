import {
  ConcurrentUpdateError,
  type OutputMap,
  type Stack,
} from '@pulumi/pulumi/automation/index.js';
import { z } from 'zod';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { readState } from '../recovery/exported-state.ts';
import { followControl } from '../recovery/follow-control.ts';
import { recover } from '../recovery/recovery.ts';
import { hostsOf, serviceOf } from '../recovery/stack-hosts.ts';
import { controlsOf, monitoredIn } from '../config/prod-connection.ts';
import { inMonitor } from '../shell/in-monitor.ts';
import { onAnyControl, type ControlAddress } from '../shell/control-shell.ts';
import { firstLine, pulumiFailure } from './failure.ts';
import {
  failureLogText,
  fetchFailureLogs,
  keepFailureLogs,
  notifiedLogs,
  type ContainerLog,
} from './failure-logs.ts';
import { membersIn, parseStatus, releaseProblems } from './release-health.ts';
import { lastGoodOf, withLastGood, type LastGood } from './last-good.ts';
import { notify } from './notify.ts';
import { pruneBuilt } from './prune-built.ts';
import { watchRelease } from './watch.ts';

// The names that `perch incidents --json` has printed since release 0.1.
const incidentsSchema = z.array(
  z.object({ rule: z.string(), facts: z.object({ headline: z.string() }) }),
);

const show = (text: string) => process.stdout.write(text);
const say = (line: string) => console.log(`deploy: ${line}`);

/** One deployment of a stack: preview, update and watch, then a rollback if one of them failed. */
export class Deployment {
  readonly #stack: Stack;
  readonly #verifySeconds: number;

  constructor(stack: Stack, verifySeconds: number) {
    this.#stack = stack;
    this.#verifySeconds = verifySeconds;
  }

  /**
   * Deploys the stack.
   * @returns true if the release is healthy.
   * @throws PerchError `process_failed` or `conflict` if nothing was changed.
   */
  async run(): Promise<boolean> {
    const stack = this.#stack;
    await this.#beforeChange(() => recover(stack, { breakLock: false, say }));
    await this.#beforeChange(() => followControl(stack, say));
    const outputs = await this.#beforeChange(() => stack.outputs());
    const lastGood = lastGoodOf(outputs);
    const before = lastGood === undefined ? [] : await this.#problemsBefore();
    say('previewing the update');
    await this.#beforeChange(() => stack.preview({ onOutput: show }));
    const failure = await this.#update(before);
    if (failure === undefined) {
      say(`${stack.name} is healthy after ${this.#verifySeconds} s`);
      await this.#pruneBuilt();
      return true;
    }
    const logs = await this.#keepLogs(failure);
    const outcome = await this.#rollBack(lastGood);
    const summary = `deployment of ${stack.name} failed: ${failure}`;
    console.error(`deploy: ${summary}. ${outcome}.`);
    await notify((words) => this.#perch(words), {
      stack: stack.name,
      summary,
      actions: [outcome],
      logs: notifiedLogs(logs),
    });
    return false;
  }

  /** Updates the stack and watches the release; returns the reason if one of them failed. */
  async #update(before: readonly string[]): Promise<string | undefined> {
    try {
      await this.#stack.up({ onOutput: show });
    } catch (error) {
      if (error instanceof ConcurrentUpdateError) {
        const text = `nothing was changed: another update of ${this.#stack.name} is in progress`;
        throw new PerchError('conflict', text, { cause: error });
      }
      return pulumiFailure(error);
    }
    const status = () => this.#perch(['status', '--json']);
    const problems = await watchRelease({ status, before, seconds: this.#verifySeconds });
    if (problems.length === 0) return undefined;
    return [...problems, ...(await this.#ejectionReasons())].join('; ');
  }

  /** Prints and keeps the logs of what failed, while they exist. */
  async #keepLogs(failure: string): Promise<ContainerLog[]> {
    const { name } = this.#stack;
    try {
      const { deployment } = (await this.#stack.exportStack()) as { deployment: unknown };
      const state = readState(deployment);
      const service = serviceOf(state);
      if (service === undefined) return [];
      const hosts = hostsOf(state);
      const logs = await fetchFailureLogs({ hosts, service, members: membersIn(failure), say });
      for (const log of logs) console.error(`deploy: ${failureLogText(log)}`);
      if (logs.length === 0) return logs;
      const file = await keepFailureLogs(logs, {
        folder: this.#stack.workspace.workDir,
        stack: name,
        at: new Date(),
      });
      say(`the logs are kept in ${file}`);
      return logs;
    } catch (error) {
      // The rollback comes first, also if the logs cannot be had.
      console.error(`deploy: the logs of ${name} were not kept: ${firstLine(error)}`);
      return [];
    }
  }

  async #rollBack(lastGood: LastGood | undefined): Promise<string> {
    if (lastGood === undefined) return 'there is no earlier image to roll back to';
    const { image, version } = lastGood;
    let failure = '';
    // If the first attempt stops halfway, the second one finishes it.
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      say(`rolling back to ${image}`);
      try {
        await withLastGood(this.#stack, lastGood, () => this.#stack.up({ onOutput: show }));
        return `the last good image was deployed again: ${image} (version ${version})`;
      } catch (error) {
        failure = pulumiFailure(error);
      }
    }
    return `the rollback to ${image} failed too: ${failure}; the members that served before still serve`;
  }

  async #pruneBuilt(): Promise<void> {
    const serving = lastGoodOf(await this.#stack.outputs());
    if (serving === undefined) return;
    const { image, runtimeImage } = serving;
    // Every CI service sets CI.
    const isRunner = Boolean(process.env['CI']);
    await pruneBuilt({ images: [image, runtimeImage], isRunner, say });
  }

  /** Problems of the release before the update. */
  async #problemsBefore(): Promise<string[]> {
    try {
      return releaseProblems(parseStatus(await this.#perch(['status', '--json'])));
    } catch {
      // Then no problem counts as known before the update, so none is excused after it.
      return [];
    }
  }

  /** The judge's reasons, if it ejected a canary. */
  async #ejectionReasons(): Promise<string[]> {
    try {
      const open = incidentsSchema.parse(JSON.parse(await this.#perch(['incidents', '--json'])));
      return open
        .filter(({ rule }) => rule === 'canary-ejected')
        .map(({ facts }) => facts.headline);
    } catch {
      // The failure is then reported without the judge's reason.
      return [];
    }
  }

  /** Runs a `perch` command in a monitor on the control host, or on another host if that one is down. */
  async #perch(words: readonly string[]): Promise<string> {
    const outputs = await this.#stack.outputs();
    const { service = '', edgeService } = monitoredIn(outputs);
    return await onAnyControl(
      await this.#controlAddresses(outputs),
      inMonitor({ service, edgeService }, words),
    );
  }

  /** None on target docker, where commands run on this machine. */
  async #controlAddresses(outputs: OutputMap): Promise<readonly ControlAddress[]> {
    const controls = controlsOf(outputs);
    if (controls.length === 0) return [];
    const { value: privateKey } = await this.#stack.getConfig('perch:sshPrivateKey');
    return controls.map((control) => ({ ...control, privateKey }));
  }

  /** Runs a step that comes before the update; if it fails, the error says that nothing was changed. */
  async #beforeChange<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (cause) {
      if (cause instanceof PerchError) throw cause;
      const text = `nothing was changed: ${pulumiFailure(cause)}`;
      throw new PerchError('process_failed', text, { cause });
    }
  }
}
