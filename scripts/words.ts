/** `npm run check`, its last part: words and structures that the house does not use. */
import { join } from 'node:path';
import { checkWords } from './words/check-words.ts';

const findings = checkWords(join(import.meta.dirname, '..'));
for (const { path, line, found, say } of findings) {
  console.error(`${path}:${line}: ${JSON.stringify(found)}, say instead: ${say}`);
}
if (findings.length > 0) {
  console.error(`${findings.length} findings; the rules stand in scripts/words/rules/`);
  process.exitCode = 1;
}
