import type { Notification } from '../../../core/alerting/notification.ts';

/** One SMS holds 160 characters of the GSM 7-bit alphabet (3GPP TS 23.038). */
const longest = 159;

const lead = { opened: '', 're-alerted': 'still: ', resolved: 'resolved: ' } as const;

/** What happened and what was done in one SMS: plain ASCII that costs one septet a character. */
export function smsText({ service, transition, details }: Notification): string {
  const done = transition === 'opened' ? details.actions : [];
  const text = `${service}: ${lead[transition]}${[details.summary, ...done].join('; ')}`;
  const plain = Array.from(text.normalize('NFKD'), septet).join('');
  return plain.length <= longest ? plain : `${plain.slice(0, longest - 3).trimEnd()}...`;
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

/** Backslash, braces and their like take two septets; marks that were split off take none. */
function septet(character: string): string {
  const substitute = substitutes[character];
  if (substitute !== undefined) return substitute;
  if (/\p{M}/u.test(character)) return '';
  if (/\s/u.test(character)) return ' ';
  return /[ -~]/.test(character) ? character : '?';
}
