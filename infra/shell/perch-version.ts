import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { perchFolder } from './project-files.ts';

const manifest = join(perchFolder, 'package.json');
const schema = z.object({ version: z.string() });

/** Version of Perch in this checkout or package. */
export function perchVersion(): string {
  return schema.parse(JSON.parse(readFileSync(manifest, 'utf8'))).version;
}
