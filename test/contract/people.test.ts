import { expect, test } from 'vitest';
import { peopleOf, personProblem } from '../../runtime/contract/people.ts';

test('a list of people is read in lower case, without blanks and repetitions', () => {
  expect(peopleOf(' Ada@Example.com , @example.org,ada@example.com,,')).toEqual([
    'ada@example.com',
    '@example.org',
  ]);
});

test.each(['ada@example.com', 'ada.l+perch@mail.example.co', '@example.com', "o'hara@example.com"])(
  '%j is an entry of a list of people',
  (entry) => expect(personProblem(entry)).toBeUndefined(),
);

test.each([
  ['ada', 'email addresses'],
  ['ada@', 'email addresses'],
  ['ada@localhost', 'email addresses'],
  ['@', 'email addresses'],
  ['*', 'email addresses'],
  ['ada@b@example.com', 'email addresses'],
  ['ada lovelace@example.com', 'email addresses'],
  ['@*.example.com', 'without a wildcard'],
  ['ada@-example.com', 'valid domains'],
  [`${'a'.repeat(200)}@example.com`, 'at most 200 characters'],
])('%j is no entry of a list of people: %s', (entry, rule) =>
  expect(personProblem(entry)).toContain(rule),
);
