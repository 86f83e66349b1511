/** Codec of `consoleSignIn`. */
import { z } from 'zod';
import { json, mapProblem, text } from './codecs.ts';

const person = text('be an email address, or @ and a domain', (value) =>
  /^[^\s@<>,]*@[^\s@<>,]+\.[^\s@<>,]+$/.test(value),
);
const people = z.array(person, 'must be a list of email addresses');

const signIn = z.strictObject(
  {
    issuer: text(
      'be the https URL of the provider, without query and fragment',
      (value) => /^[^?#\s]+$/.test(value) && URL.parse(value)?.protocol === 'https:',
    ),
    clientId: text('be 1 to 200 printable characters without spaces', (value) =>
      /^[\x21-\x7e]{1,200}$/.test(value),
    ),
    users: people.min(1, 'must name at least one email address, or @ and a domain'),
    viewers: people.default([]),
  },
  { error: mapProblem },
);

/** Provider that people sign in with by OpenID Connect, and those who may. */
export type ConsoleSignIn = z.output<typeof signIn>;

/** An empty map, as the default is, is no sign-in. */
export const consoleSignIn = json(
  'map',
  z.preprocess((value) => (isEmptyMap(value) ? undefined : value), signIn.optional()),
).transform((value): ConsoleSignIn | undefined => value);

function isEmptyMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
