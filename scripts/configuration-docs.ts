/** `npm run docs`: writes docs/configuration.md from Pulumi.yaml, which declares every key. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configurationPage } from '../test/support/pulumi/configuration-page.ts';

writeFileSync(join(import.meta.dirname, '../docs/configuration.md'), configurationPage());
