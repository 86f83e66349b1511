import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findStructure } from './find-structure.ts';
import { findWords, staleExceptions, type Finding } from './find-words.ts';
import { wordRules } from './rules.ts';
import { sourceText } from './source-text.ts';
import type { WordRule } from './word-rule.ts';

const code = '{runtime,infra,rehearsal,test,bench,scripts}/**/*.{ts,mjs,cjs,js,html,css,json}';
const documents = [
  '*.{ts,md,json}',
  '.*.{cjs,json}',
  '.ci/*',
  'runtime/Dockerfile',
  'docs/**/*.md',
  '{.,docs/examples}/Pulumi*.yaml',
  'docs/examples/*.yml',
  '.github/**/*.yml',
];
const foreign = /(?:^|\/)node_modules(?:\/|$)/;
/** Lock files, and the stored state of deployed stacks. */
const notOurText = /(?:^|\/)package-lock\.json$|^test\/infra\/engine\/deployed\//;
/** They name the words that nobody should use. */
const listsOfWords = /^scripts\/words\/rules\/|^test\/scripts\/(?:words|house-table)\.test\.ts$/;

/**
 * Every word and every structure below a folder that the house forbids, by file and line.
 * @param rules default: those of Perch.
 */
export function checkWords(root: string, rules: readonly WordRule[] = wordRules): Finding[] {
  const paths = globSync([code, ...documents], {
    cwd: root,
    exclude: (path) => foreign.test(path),
  });
  const sources = paths
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !notOurText.test(path))
    .map((path) => sourceText(path, readFileSync(join(root, path), 'utf8')));
  const worded = sources.filter(({ path }) => !listsOfWords.test(path));
  const findings = [
    ...rules.flatMap((rule) => worded.flatMap((source) => findWords(source, rule))),
    ...rules.flatMap((rule) => staleExceptions(worded, rule)),
    ...findStructure(sources),
  ];
  return findings.sort((a, b) => a.path.localeCompare(b.path) || a.line - b.line);
}
