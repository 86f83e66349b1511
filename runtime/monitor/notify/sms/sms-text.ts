import type { Notification } from '../../../core/alerting/notification.ts';

/** One SMS holds 160 characters of the GSM 7-bit alphabet (3GPP TS 23.038). */
const mostCharacters = 159;

const prefix = { opened: '', 're-alerted': 'still open: ', resolved: 'resolved: ' } as const;

/** Summary and actions in one SMS, in ASCII characters that take one septet each. */
export function smsText({ service, transition, details }: Notification): string {
  const actions = transition === 'opened' ? details.actions : [];
  const text = `${service}: ${prefix[transition]}${[details.summary, ...actions].join('; ')}`;
  const plain = Array.from(text.normalize('NFKD'), septet).join('');
  return plain.length <= mostCharacters
    ? plain
    : `${plain.slice(0, mostCharacters - 3).trimEnd()}...`;
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
