import { z } from 'zod';
import { httpUrl } from './http-url.ts';

/** Link in the header of a page. */
export interface NamedLink {
  readonly name: string;
  readonly url: string;
}

const rule = 'must be NAME=URL, with a name of 1 to 30 characters and an http or https URL';
const named = z.object({ name: z.string().regex(/^[^\p{C}]{1,30}$/u), url: httpUrl });

/** A {@link NamedLink} as options have it: `NAME=URL`. */
export const namedLink = z.string().transform((text, context): NamedLink => {
  const [name = '', ...rest] = text.split('=');
  const read = named.safeParse({ name: name.trim(), url: rest.join('=') });
  if (read.success) return read.data;
  context.addIssue({ code: 'custom', message: rule });
  return z.NEVER;
});
