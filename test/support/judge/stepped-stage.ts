import type { Step } from '../../../runtime/core/release/release-document.ts';
import { beginRollout } from '../../../runtime/core/release/rollout-transitions.ts';
import { EventLog, type PerchEvent } from '../../../runtime/store/incidents/event-log.ts';
import { test as base, type JudgeStage } from './judge-stage.ts';

const minuteMs = 60_000;

/** Release whose canary is in rollout `2.1`, with three steps. */
class SteppedStage {
  readonly stage: JudgeStage;

  constructor(stage: JudgeStage) {
    this.stage = stage;
  }

  async begin(onDeadline: Step['onDeadline'] = 'pause', minDurationMs = minuteMs): Promise<void> {
    const { staged } = this.stage;
    await staged.stage(0, 'none');
    const plan = [5, 25, 50].map((weight) => ({
      weight,
      minDurationMs,
      deadlineMs: 10 * minuteMs,
      onDeadline,
    }));
    await staged.releases.change((document) => beginRollout(document, '2.1', plan));
    await this.stage.dateDocument();
    await this.stage.run();
  }

  /** Hands in a canary's requests that all succeed, enough to be safe, and runs a cycle. */
  async serveWell(): Promise<void> {
    const { weight } = await this.stage.document();
    const tracks = { stable: { requests: 2_000 }, canary: { requests: 1_000 } };
    await this.stage.staged.handIn(this.stage.nowMs, tracks, weight, '2.1');
    await this.stage.run();
  }

  /** Lets time pass in which the judge runs no cycle. */
  pass(minutes: number): void {
    this.stage.nowMs += minutes * minuteMs;
  }

  /** Hands in good traffic and lets the least time of the step pass: the next step begins. */
  async passStep(): Promise<void> {
    await this.serveWell();
    this.pass(1);
    await this.stage.run();
    await this.stage.dateDocument();
  }

  async rolloutEvents(): Promise<PerchEvent[]> {
    const events = await new EventLog(this.stage.redis, 'shop').last(1_000);
    return events.filter(({ type }) => type.startsWith('rollout-'));
  }
}

/** Tests with a judge and a rollout with steps that has not begun yet, `stepped`. */
export const test = base.extend('stepped', ({ stage }) => new SteppedStage(stage));
