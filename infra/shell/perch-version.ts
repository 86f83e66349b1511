import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const manifest = join(import.meta.dirname, '../../package.json');
const schema = z.object({ version: z.string() });

/** Version of Perch in this checkout. */
export function perchVersion(): string {
  return schema.parse(JSON.parse(readFileSync(manifest, 'utf8'))).version;
}
