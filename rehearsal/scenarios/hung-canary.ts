import { setTimeout as delay } from 'node:timers/promises';
import type { Stage } from '../stage.ts';
import type { Answer } from '../traffic/send-request.ts';
import { CanaryAnswers, checkLastSent } from './canary-answers.ts';
import { untilEmail } from './incidents.ts';
import {
  checkCause,
  checkEmails,
  checkOnlyCanaryFailed,
  ejections,
  sentEmails,
  untilEjected,
  untilSettled,
} from './judging.ts';
import type { Scenario } from './scenario.ts';

const clientTimeoutMs = 3_000;
/** Longest time from the first client that gives up to the ejection, milliseconds. */
const mostMs = 25_000;
const hungPath = '/';
const givenUp = `no response within ${clientTimeoutMs} ms`;
const bothTracks = /Evidence: .*\d+ of \d+ canary requests .*, against \d+ of \d+ stable requests/;

/** Clients that give up are what a hanging canary shows, long before the proxy's own time limit. */
export const hungCanary: Scenario = {
  name: 'hung-canary',
  description: 'one of two routes of the canary hangs until clients give up: ejection, one email',
  traffic: 50,
  hasMonitor: true,
  warmUpSeconds: 5,
  kinds: [{ path: '/version' }, { path: hungPath }],
  clientTimeoutMs,
  async play(stage) {
    const { fleet, recorder } = stage;
    await untilSettled(stage);
    const canaryAnswers = new CanaryAnswers(stage);
    const abandoned = new AbandonedRequests(stage);
    await fleet.setFaults(fleet.canary, { hang: true, 'hang-path': hungPath });
    recorder.note(`the canary hangs on ${hungPath}; clients give up after ${clientTimeoutMs} ms`);

    const ejection = await untilEjected(stage);
    await delay(clientTimeoutMs + 2_000);
    const firstGaveUpAt = abandoned.firstAt ?? Number.NaN;
    const tookMs = Math.round(ejection.at - firstGaveUpAt);
    recorder.check('milliseconds from the first client that gave up to the ejection', {
      expected: `less than ${mostMs}`,
      actual: tookMs,
      ok: tookMs < mostMs,
    });
    checkCause(stage, ejection, ['latency']);
    checkLastSent(stage, Math.max(canaryAnswers.lastSentAt, abandoned.lastSentAt), ejection.at);
    const email = await untilEmail(stage, 'the ejection', /canary ejected/);
    const evidence = email.text.split('\n').find((line) => line.startsWith('Evidence:'));
    recorder.check('numbers of both tracks in the email', {
      expected: 'both',
      actual: evidence ?? 'none',
      ok: bothTracks.test(email.text),
    });
    checkEmails(stage, await sentEmails(stage, 1));
    recorder.check('ejections', { expected: 1, actual: (await ejections(stage)).length });
    checkOnlyCanaryFailed(stage, givenUp);
  },
};

/** Requests that clients gave up. No answer says so, but only the canary hangs. */
class AbandonedRequests {
  readonly #requests: Answer[] = [];

  constructor({ traffic }: Stage) {
    traffic.onAnswer((answer) => {
      if (answer.failure === givenUp) this.#requests.push(answer);
    });
  }

  /** Time at which the first client gave up, milliseconds since the epoch. */
  get firstAt(): number | undefined {
    const [first] = this.#requests;
    return first === undefined ? undefined : first.dueAt + first.durationMs;
  }

  get lastSentAt(): number {
    return Math.max(0, ...this.#requests.map(({ dueAt }) => dueAt));
  }
}
