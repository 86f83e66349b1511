import { setTimeout as delay } from 'node:timers/promises';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { setWeight, type Monitoring, type Stage } from '../stage.ts';
import { until } from '../until.ts';

/** Time without a further email after which all have arrived, milliseconds. */
const quietMs = 3_000;

export interface CanaryEjection {
  /** Time of the decision, milliseconds since the epoch. */
  readonly at: number;
  /** Metric, hard failure or rule. */
  readonly cause: string;
}

/** @throws PerchError `process_failed` without a monitor. */
export function monitoringOf({ monitoring }: Stage): Monitoring {
  if (monitoring === undefined)
    throw new PerchError('process_failed', 'this rehearsal has no monitor');
  return monitoring;
}

/** Waits for a leader, and for enough traffic to know how fast stable responds. */
export async function untilSettled({ reader, traffic }: Stage, leastStable = 150): Promise<void> {
  await until('traffic and a leader', async () => {
    const leader = await reader.leader();
    return leader !== undefined && traffic.counts.answeredBy('stable') >= leastStable;
  });
}

/** Waits until the canary is ejected. */
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

/** Events of all ejections, oldest first. */
export async function ejections({ reader }: Pick<Stage, 'reader'>) {
  return (await reader.lastEvents(1_000)).filter(({ type }) => type === 'canary-ejected');
}

export interface SentEmails {
  readonly opened: number;
  readonly resolved: number;
  readonly subjects: readonly string[];
}

/** Waits for at least `least` emails, and until no further one arrives. */
export async function sentEmails(
  stage: Stage,
  least: number,
  timeoutMs = 60_000,
): Promise<SentEmails> {
  const { mailbox } = monitoringOf(stage);
  const count = async () => (await mailbox.subjects()).length;
  await until(
    `${least} ${least === 1 ? 'email' : 'emails'}`,
    async () => (await count()) >= least,
    { timeoutMs, everyMs: 200 },
  );
  await delay(quietMs);
  const subjects = await mailbox.subjects();
  const resolved = subjects.filter((subject) => /\] Resolved: /.test(subject)).length;
  return { opened: subjects.length - resolved, resolved, subjects };
}

/** Checks that one email reported the incident, or `opened` emails, and `resolved` emails its end. */
export function checkEmails(
  { recorder }: Stage,
  emails: SentEmails,
  resolved = 0,
  opened = 1,
): void {
  for (const subject of emails.subjects) recorder.note(`email: ${subject}`);
  recorder.check('emails about an open incident', { expected: opened, actual: emails.opened });
  recorder.check('emails about a resolved incident', {
    expected: resolved,
    actual: emails.resolved,
  });
}

export function checkCause(
  { recorder }: Stage,
  { cause }: CanaryEjection,
  expected: readonly string[],
) {
  recorder.check('cause of the ejection', {
    expected: expected.join(' or '),
    actual: cause,
    ok: expected.includes(cause),
  });
}

/** Checks that the canary was not ejected and has the share that it was given. */
export async function checkStays(stage: Stage, weight: number): Promise<void> {
  const { reader, recorder } = stage;
  const { verdict, release } = await reader.read();
  recorder.check('ejections', { expected: 0, actual: (await ejections(stage)).length });
  recorder.check('weight', { expected: weight, actual: release?.weight ?? 'none' });
  recorder.check('verdict', {
    expected: 'not harmful',
    actual: verdict?.kind ?? 'none',
    ok: verdict !== null && verdict.kind !== 'harmful',
  });
}

/** Checks that every failed request was one that the canary failed on purpose. */
export function checkOnlyCanaryFailed({ recorder, traffic }: Stage, cause: string): void {
  const others = [...traffic.counts.failures].filter(([name]) => name !== cause);
  recorder.check('failed requests other than those of the canary', {
    expected: 0,
    actual: others.length === 0 ? 0 : others.map(([name, count]) => `${count} ${name}`).join(', '),
  });
}

/** Brings the canary back: ends its faults, reinstates it, and restores its weight. */
export async function reinstateCanary(stage: Stage): Promise<void> {
  const { fleet, perch, options, recorder } = stage;
  await fleet.setFaults(fleet.canary, {});
  await perch.run('reinstate', '--reason', 'the fault has ended');
  await setWeight(stage, options.weight, options.affinity);
  recorder.note('canary reinstated');
}
