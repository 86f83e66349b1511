import { expect, test } from 'vitest';
import { generationIn } from '../../../infra/release/generation.ts';

test('the generation is that of the command that changed the release', () => {
  expect(generationIn('{"id":"a","generation":12}\n')).toBe(12);
  expect(() => generationIn('{"id":"a"}')).toThrow('generation');
});

test('a command that an update with targets left out has no generation', () => {
  expect(generationIn(undefined)).toBe(0);
});
