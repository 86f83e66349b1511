import type { Notification } from '../../../core/alerting/notification.ts';
import { listedSteps } from '../../../core/alerting/next-steps.ts';
import type { NotificationGroup } from '../channel.ts';
import { groupSummary, inReadingOrder, isUrgent } from '../group-text.ts';
import { linePrefix } from '../notification-text.ts';

/** One SMS holds 160 characters of the GSM 7-bit alphabet (3GPP TS 23.038). */
const mostCharacters = 159;
/** Most incidents that a text message names. */
const namedIncidents = 3;

/** One SMS, in ASCII characters that take one septet each. */
export function smsText(group: NotificationGroup): string {
  const ordered = inReadingOrder(group);
  const [first, ...others] = ordered;
  if (others.length === 0) return fitted(incidentText(first), '');
  if (isUrgent(first)) return fitted(incidentText(first), `; and ${others.length} more`);
  const subjects = [...new Set(ordered.map(({ subject }) => subject))];
  const named = subjects.slice(0, namedIncidents);
  const left = subjects.length - named.length;
  const more = left === 0 ? '' : ` and ${left} more`;
  const { service, transition } = first;
  const alike = others.every((other) => other.transition === transition);
  const begin = alike ? linePrefix[transition] : '';
  return fitted(`${service}: ${begin}${groupSummary(group)}: ${named.join(', ')}`, more);
}

/** Says what happened, what Perch did and what is left to do, then the evidence. */
function incidentText({ service, transition, details }: Notification): string {
  const { summary, evidence } = details;
  const actions = transition === 'opened' ? details.actions : [];
  const parts = [
    summary,
    ...actions,
    ...listedSteps(details).map((step, index) =>
      index === 0 && isTask(step) ? `to do: ${step}` : step,
    ),
    ...(evidence === undefined ? [] : [evidence]),
  ];
  return `${service}: ${linePrefix[transition]}${parts.join('; ')}`;
}

/** False for a first step that only says that nothing is left to do, or that nothing is urgent. */
function isTask(step: string): boolean {
  return !/^nothing is /i.test(step);
}

/** The text in plain characters, cut so that the end still fits. */
function fitted(text: string, end: string): string {
  const plain = plainText(text);
  const plainEnd = plainText(end);
  const room = mostCharacters - plainEnd.length;
  if (plain.length <= room) return `${plain}${plainEnd}`;
  return `${plain.slice(0, room - 3).trimEnd()}...${plainEnd}`;
}

function plainText(text: string): string {
  return Array.from(text.normalize('NFKD'), septet).join('');
}

const substitutes: Readonly<Record<string, string>> = {
  '’': "'",
  '‘': "'",
  '“': '"',
  '”': '"',
  '–': '-',
  '—': '-',
  '[': '(',
  ']': ')',
  '{': '(',
  '}': ')',
  '|': '/',
  '\\': '/',
  '^': '-',
  '~': '-',
  '`': "'",
};

/** Replaces characters that take two septets, such as braces, and drops split-off accents. */
function septet(character: string): string {
  const substitute = substitutes[character];
  if (substitute !== undefined) return substitute;
  if (/\p{M}/u.test(character)) return '';
  if (/\s/u.test(character)) return ' ';
  return /[ -~]/.test(character) ? character : '?';
}
