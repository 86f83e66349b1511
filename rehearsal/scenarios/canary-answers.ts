import type { Stage } from '../stage.ts';
import type { Answer } from '../traffic/send-request.ts';
import type { CanaryEjection } from './judging.ts';

/** Time for every proxy to apply an ejection, milliseconds. */
const goalMs = 1_000;

/** Answers of the canary and their times. */
export class CanaryAnswers {
  readonly answers: Answer[] = [];

  /** @param proxyPort port of the proxy whose requests count. Default: all. */
  constructor({ traffic }: Stage, proxyPort?: number) {
    traffic.onAnswer((answer) => {
      const isCounted = proxyPort === undefined || answer.proxyPort === proxyPort;
      if (answer.track === 'canary' && isCounted) this.answers.push(answer);
    });
  }

  /** Time of the first failed answer, milliseconds since the epoch. */
  get firstFailureAt(): number | undefined {
    const failed = this.answers.find(({ failure }) => failure !== undefined);
    return failed === undefined ? undefined : failed.dueAt + failed.durationMs;
  }

  /** Time the last request that the canary answered was sent. */
  get lastSentAt(): number {
    return Math.max(0, ...this.answers.map(({ dueAt }) => dueAt));
  }

  /** Number of requests that it answered in this period. */
  between(from: number, to: number): number {
    return this.answers.filter(({ dueAt }) => dueAt >= from && dueAt <= to).length;
  }
}

/** Checks how soon the ejection followed the first failed answer, and the last request the ejection. */
export function checkTimes(
  stage: Stage,
  canaryAnswers: CanaryAnswers,
  { at }: CanaryEjection,
  mostMs = 15_000,
): void {
  const { recorder } = stage;
  const { firstFailureAt, lastSentAt } = canaryAnswers;
  const decisionMs = firstFailureAt === undefined ? undefined : Math.round(at - firstFailureAt);
  recorder.check('milliseconds from the first failed response to the ejection', {
    expected: `less than ${mostMs}`,
    actual: decisionMs ?? 'no failed response',
    ok: decisionMs !== undefined && decisionMs < mostMs,
  });
  recorder.note(`canary requests in that time: ${canaryAnswers.between(firstFailureAt ?? at, at)}`);
  checkLastSent(stage, lastSentAt, at);
}

/** Checks how soon after the ejection the canary got its last request. */
export function checkLastSent({ recorder }: Stage, lastSentAt: number, ejectedAt: number): void {
  const lastMs = Math.max(0, Math.round(lastSentAt - ejectedAt));
  recorder.check('milliseconds from the ejection to the last canary request', {
    expected: `at most ${goalMs}`,
    actual: lastMs,
    ok: lastMs <= goalMs,
  });
}
