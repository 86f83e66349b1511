import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectFiles } from '../../infra/operator/init/files/project-files.ts';
import { blocksOf, exampleNames } from '../package/support/examples.ts';

const folder = join(import.meta.dirname, '../../docs/examples/library');

test('the programs in docs/library.md are the examples, which the compiler and the tests run', async () => {
  const files = exampleNames.map((name) => readFile(join(folder, `${name}.ts`), 'utf8'));
  const programs = (await Promise.all(files)).map((text) => `// infra/index.ts\n${text}`);
  // The first one is what init writes, and its tests run it.
  const [written, ...others] = await blocksOf('ts');
  const init = projectFiles('shop').find(({ path }) => path === 'infra/index.ts');
  expect(written).toBe(init?.content);
  expect(others).toEqual(programs);
});
