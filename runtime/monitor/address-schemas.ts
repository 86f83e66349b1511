import { z } from 'zod';
import { httpUrl } from '../core/input/http-url.ts';

export const text = z.string('must be text').min(1, 'must not be empty');

/** URL without credentials: `fetch` refuses URLs with credentials (Fetch standard, "new Request"). */
export const webhookUrl = httpUrl.refine((value) => {
  const { username = '', password = '' } = URL.parse(value) ?? {};
  return username === '' && password === '';
}, 'must not hold a user or password');

const address = String.raw`[^\s@<>,;"]+@[^\s@<>,;"]+`;
/** A comma outside of quotes would separate two mailboxes (RFC 5322, section 3.4). */
const displayName = String.raw`(?:"[^"\\\r\n]*"|[^<>()@,;:"\\\r\n]*)`;

export const mailbox = text
  .max(320, 'must be at most 320 characters')
  .regex(
    new RegExp(`^(?:${address}|${displayName}\\s*<${address}>)$`),
    'must be one email address, such as Perch <perch@example.com>',
  );
