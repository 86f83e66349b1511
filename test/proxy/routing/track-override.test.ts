import { expect, test } from 'vitest';
import { TrackOverride } from '../../../runtime/proxy/routing/track-override.ts';

const token = 'correct-horse-battery';

test.each(['stable', 'canary'] as const)('a client with the token gets the track %s', (track) => {
  expect(ask({ 'x-perch-track': track, 'x-perch-token': token })).toBe(track);
});

test.each([
  { name: 'a wrong token', fields: { 'x-perch-track': 'canary', 'x-perch-token': 'wrong' } },
  { name: 'a prefix', fields: { 'x-perch-track': 'canary', 'x-perch-token': 'correct-horse' } },
  { name: 'no token', fields: { 'x-perch-track': 'canary' } },
  { name: 'an empty token', fields: { 'x-perch-track': 'canary', 'x-perch-token': '' } },
  { name: 'no track', fields: { 'x-perch-token': token } },
  { name: 'an unknown track', fields: { 'x-perch-track': 'beta', 'x-perch-token': token } },
])('the override is ignored with $name', ({ fields }) => {
  expect(ask(fields)).toBeUndefined();
});

test('the override is ignored if no token is configured, even with an empty one', () => {
  const head = heads({ 'x-perch-track': 'canary', 'x-perch-token': '' });
  expect(new TrackOverride(undefined).trackFor(head)).toBeUndefined();
});

function ask(fields: Record<string, string>) {
  return new TrackOverride(token).trackFor(heads(fields));
}

function heads(fields: Record<string, string>) {
  return { field: (name: string) => fields[name] };
}
