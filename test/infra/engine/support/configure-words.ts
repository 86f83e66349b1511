import type { Stack } from './engine.ts';

/** Makes `words` the list of words at a path of a stack's configuration. */
export async function configureWords(
  stack: Stack,
  path: string,
  words: readonly string[],
): Promise<void> {
  const set = ['config', 'set', '--stack', stack.name, '--path', '--'];
  for (const [index, word] of words.entries()) {
    await stack.must([...set, `perch:${path}[${index}]`, word]);
  }
}
