import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { configurationPage } from '../../support/pulumi/configuration-page.ts';

test('docs/configuration.md matches the keys in Pulumi.yaml (npm run docs writes it)', () => {
  const file = join(import.meta.dirname, '../../../docs/configuration.md');
  expect(readFileSync(file, 'utf8')).toBe(configurationPage());
});
