/**
 * Acknowledgements and silences, by which operators mute notifications. An acknowledgement ends the
 * reminders of one incident; a silence, as in Alertmanager, mutes everything of a rule for a while.
 * Neither keeps an incident from being opened, listed and acted on.
 */
import { z } from 'zod';
import { oneLine } from '../input/note-schemas.ts';
import { incidentKey, type Incident } from './incident.ts';

const note = {
  /** Name of the operator. */
  by: z.string(),
  reason: z.string().optional(),
  /** Milliseconds since the epoch. */
  at: z.int(),
};

/** Note of an operator who takes care of an incident. It ends with the incident. */
export const acknowledgementSchema = z.object({ incidentId: z.string(), ...note });

export type Acknowledgement = z.infer<typeof acknowledgementSchema>;

/** Longest silence, minutes: a week. */
export const longestSilenceMinutes = 10_080;
export const silenceMinutesRule = `must be a whole number from 1 to ${longestSilenceMinutes}, a week`;
/** Subjects hold paths of disks, and CloudWatch's names of alarms, which have up to 255 characters. */
const longestSubject = 1_000;

/** Input that names a rule, or one subject of it, to silence. */
export const silenceTarget = {
  rule: z.string('must be given').min(1, 'must not be empty'),
  subject: z
    .string()
    .min(1, 'must not be empty')
    .max(longestSubject, `must be ${longestSubject} characters at most`)
    .regex(...oneLine)
    .optional(),
};

export const silenceSchema = z.object({
  rule: z.string(),
  /** The only silenced subject of the rule. Default: every subject. */
  subject: z.string().optional(),
  ...note,
  /** End of the silence, milliseconds since the epoch. */
  untilMs: z.int(),
});

export type Silence = z.infer<typeof silenceSchema>;

export interface Mutes {
  /** By `rule|subject`. */
  readonly acknowledgements: ReadonlyMap<string, Acknowledgement>;
  readonly silences: readonly Silence[];
}

/** The silence that covers the rule and the subject; of several the one that ends last. */
export function silenceOf(
  { silences }: Mutes,
  incident: Pick<Incident, 'rule' | 'subject'>,
): Silence | undefined {
  return silences
    .filter((silence) => isSilencedBy(silence, incident))
    .toSorted((a, b) => b.untilMs - a.untilMs)[0];
}

export function isSilencedBy(
  silence: Pick<Silence, 'rule' | 'subject'>,
  { rule, subject }: Pick<Incident, 'rule' | 'subject'>,
): boolean {
  return silence.rule === rule && (silence.subject ?? subject) === subject;
}

/** The acknowledgement of this incident, not of an earlier one of its rule and subject. */
export function acknowledgementOf(
  { acknowledgements }: Mutes,
  incident: Incident,
): Acknowledgement | undefined {
  const found = acknowledgements.get(incidentKey(incident));
  return found?.incidentId === incident.id ? found : undefined;
}

/** `RULE of SUBJECT`, or the rule alone. */
export function silencedText({ rule, subject }: Pick<Silence, 'rule' | 'subject'>): string {
  return subject === undefined ? rule : `${rule} of ${subject}`;
}
