import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defaultsOf } from '../../../infra/config/defaults.ts';
import { schema } from '../../../infra/config/schema.ts';
import { rawConfig } from '../../support/pulumi/stack-config.ts';
import { configurationPage } from '../../support/pulumi/configuration-page.ts';

test('docs/configuration.md matches the keys in Pulumi.yaml (npm run docs writes it)', () => {
  const file = join(import.meta.dirname, '../../../docs/configuration.md');
  expect(readFileSync(file, 'utf8')).toBe(configurationPage());
});

test('a project that has Perch as a package has the defaults of Pulumi.yaml', () => {
  expect(defaultsOf(Object.keys(schema))).toEqual(
    Object.fromEntries(
      Object.entries(rawConfig({})).map(([key, value]) => [key.replace('perch:', ''), value]),
    ),
  );
});
