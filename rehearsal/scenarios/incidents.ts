import type { ReceivedEmail } from '../parts/mailbox.ts';
import type { Stage } from '../stage.ts';
import { until } from '../until.ts';
import { monitoringOf } from './judging.ts';

const timeoutMs = 60_000;

/** Waits for an email about this, and checks that there is one. */
export async function checkEmail(stage: Stage, about: string, pattern: RegExp): Promise<void> {
  const { subject, text } = await untilEmail(stage, about, pattern);
  const actual = [subject, ...text.split('\n')].find((line) => pattern.test(line)) ?? subject;
  stage.recorder.check(`email about ${about}`, { expected: 'sent', actual, ok: true });
}

/** Lists all emails, and checks how many of them report an ejection. */
export async function checkEjectionEmails(stage: Stage, expected: number): Promise<void> {
  const subjects = await monitoringOf(stage).mailbox.subjects();
  for (const subject of subjects) stage.recorder.note(`email: ${subject}`);
  stage.recorder.check('emails about an ejection', {
    expected,
    actual: subjects.filter((subject) => subject.includes('canary ejected')).length,
  });
}

/**
 * Waits for an email whose subject, or a line of whose text, matches.
 * @throws PerchError `process_failed` at the timeout.
 */
export async function untilEmail(
  stage: Stage,
  about: string,
  pattern: RegExp,
): Promise<ReceivedEmail> {
  const { mailbox } = monitoringOf(stage);
  let found: ReceivedEmail | undefined;
  const isFound = async () => {
    const emails = await mailbox.emails();
    found = emails.find(({ subject, text }) => pattern.test(subject) || pattern.test(text));
    return found !== undefined;
  };
  await until(`an email about ${about}`, isFound, { timeoutMs, everyMs: 200 });
  return found ?? { subject: '', text: '' };
}

/** Time since when an email says that its incident has lasted, milliseconds since the epoch. */
export function sinceOf({ text }: ReceivedEmail): number | undefined {
  const [, day, time] = /^Since +(\S+) (\S+) UTC/m.exec(text) ?? [];
  return day === undefined ? undefined : Date.parse(`${day}T${time}Z`);
}
