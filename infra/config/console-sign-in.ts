/** Codec of `consoleSignIn`. */
import { z } from 'zod';
import { issuerOf, issuerRule } from '../../runtime/contract/oidc-issuer.ts';
import { namedTwice, personProblem } from '../../runtime/contract/people.ts';
import { got, json, mapProblem, ruled, text } from './codecs.ts';

const people = z.array(ruled(personProblem), 'must be a list of email addresses');

const signIn = z.strictObject(
  {
    issuer: ruled((value) => (issuerOf(value)?.protocol === 'https:' ? undefined : issuerRule)),
    clientId: text('be 1 to 200 printable characters without spaces', (value) =>
      /^[\x21-\x7e]{1,200}$/.test(value),
    ),
    users: people.min(1, 'must name somebody'),
    viewers: people.default([]),
  },
  { error: mapProblem },
);

const disjoint = signIn.superRefine(({ users, viewers }, context) => {
  const both = namedTwice(users, viewers);
  if (both.length === 0) return;
  const message = got('must not name whom users names', both.join(', '));
  context.addIssue({ code: 'custom', path: ['viewers'], message });
});

/** Provider that people sign in with by OpenID Connect, and those who may. */
export type ConsoleSignIn = z.output<typeof signIn>;

/** An empty map, as the default is, is no sign-in. */
export const consoleSignIn = json(
  'map',
  z.preprocess((value) => (isEmptyMap(value) ? undefined : value), disjoint.optional()),
).transform((value): ConsoleSignIn | undefined => value);

function isEmptyMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
