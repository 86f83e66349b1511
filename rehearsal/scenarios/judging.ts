import { setTimeout as delay } from 'node:timers/promises';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { setWeight, type Monitoring, type Stage } from '../stage.ts';
import type { Answer } from '../traffic/send-request.ts';
import { until } from '../until.ts';

/** How long nothing more may come before it counts as all, milliseconds. */
const quietMs = 3_000;

export interface CanaryEjection {
  /** When it was decided, milliseconds since the epoch. */
  readonly at: number;
  /** The metric, gate or rule. */
  readonly cause: string;
}

/** @throws PerchError when this stage has no monitor. */
export function monitoringOf({ monitoring }: Stage): Monitoring {
  if (monitoring === undefined) throw new PerchError('process_failed', 'nobody judges here');
  return monitoring;
}

/** Waits until there is a judge, and traffic enough for it to know how fast stable answers. */
export async function untilSettled({ reader, traffic }: Stage, leastStable = 150): Promise<void> {
  await until('traffic and a judge', async () => {
    const leader = await reader.leader();
    return leader !== undefined && traffic.counts.answeredBy('stable') >= leastStable;
  });
}

/** Waits until the canary is out, and says why. */
export async function untilEjected(stage: Stage, timeoutMs = 60_000): Promise<CanaryEjection> {
  const { reader, recorder } = stage;
  await until('the canary to be ejected', async () => (await ejections(stage)).length > 0, {
    timeoutMs,
    everyMs: 100,
  });
  const [event] = await ejections(stage);
  const { release } = await reader.read();
  const cause = release?.evidence?.ejection?.facts.cause ?? 'unknown';
  recorder.note(`canary ejected: ${release?.reason ?? ''}`);
  return { at: event?.at ?? 0, cause };
}

/** Every decision to take the canary out, oldest first. */
export async function ejections({ reader }: Pick<Stage, 'reader'>) {
  return (await reader.lastEvents(1_000)).filter(({ type }) => type === 'canary-ejected');
}

export interface SentEmails {
  readonly opened: number;
  readonly resolved: number;
  readonly subjects: readonly string[];
}

/** The mails there are once `least` have come and nothing more does. */
export async function sentEmails(
  stage: Stage,
  least: number,
  timeoutMs = 60_000,
): Promise<SentEmails> {
  const { mailbox } = monitoringOf(stage);
  const count = async () => (await mailbox.subjects()).length;
  await until(`${least} mails`, async () => (await count()) >= least, { timeoutMs, everyMs: 200 });
  await delay(quietMs);
  const subjects = await mailbox.subjects();
  const resolved = subjects.filter((subject) => /\] Resolved: /.test(subject)).length;
  return { opened: subjects.length - resolved, resolved, subjects };
}

/** Notes that people were told once, and with `resolved` also that it is over. */
export function checkEmails({ recorder }: Stage, mails: SentEmails, resolved = 0): void {
  for (const subject of mails.subjects) recorder.note(`mail: ${subject}`);
  recorder.check('mails that tell of it', { expected: 1, actual: mails.opened });
  recorder.check('mails that tell of its end', { expected: resolved, actual: mails.resolved });
}

export function checkCause(
  { recorder }: Stage,
  { cause }: CanaryEjection,
  right: readonly string[],
) {
  recorder.check('ejected for', {
    expected: right.join(' or '),
    actual: cause,
    ok: right.includes(cause),
  });
}

/** Lets the canary come back: its faults end, it is reinstated and has its share again. */
export async function bringBack(stage: Stage): Promise<void> {
  const { fleet, perch, options, recorder } = stage;
  await fleet.setFaults(fleet.canary, {});
  await perch.run('reinstate', '--reason', 'the fault is over');
  await setWeight(stage, options.weight, options.affinity);
  recorder.note('canary reinstated');
}

/** What the canary answered, and when. */
export class CanaryAnswers {
  readonly answers: Answer[] = [];

  constructor({ traffic }: Stage) {
    traffic.onAnswer((answer) => {
      if (answer.track === 'canary') this.answers.push(answer);
    });
  }

  /** When the first bad answer was there, milliseconds since the epoch. */
  get firstBadAt(): number | undefined {
    const bad = this.answers.find(({ failure }) => failure !== undefined);
    return bad === undefined ? undefined : bad.dueAt + bad.durationMs;
  }

  /** When the last request that the canary answered was sent. */
  get lastSentAt(): number {
    return Math.max(0, ...this.answers.map(({ dueAt }) => dueAt));
  }

  /** How many it answered in this time. */
  between(from: number, to: number): number {
    return this.answers.filter(({ dueAt }) => dueAt >= from && dueAt <= to).length;
  }
}
