import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { blocksOf, exampleNames } from '../package/support/examples.ts';

const folder = join(import.meta.dirname, '../../docs/examples/library');

test('the programs in docs/library.md are the examples, which the compiler and the tests run', async () => {
  const files = exampleNames.map((name) => readFile(join(folder, `${name}.ts`), 'utf8'));
  const programs = (await Promise.all(files)).map((text) => `// infra/index.ts\n${text}`);
  expect(await blocksOf('ts')).toEqual(programs);
});
