/** Finds the words that a file should not use. Pure. */
import type { Exception, WordRule } from './word-rule.ts';
import { lineAt, type SourceText } from './source-text.ts';

export interface Finding {
  readonly path: string;
  readonly line: number;
  /** Text at this place. */
  readonly found: string;
  /** Text to write instead. */
  readonly say: string;
}

/** Hits of a rule in a file, one for each line and text, without the exceptions. */
export function findWords(source: SourceText, rule: WordRule): Finding[] {
  const { path } = source;
  const exceptions = (rule.except ?? []).filter(({ files }) => files.includes(path));
  return hitsOf(source, rule)
    .filter((hit) => !exceptions.some((exception) => covers(exception, hit)))
    .map((hit) => ({ path, ...hit, say: rule.say }));
}

/** Exceptions of a rule for files that do not need them, or not any more. */
export function staleExceptions(sources: readonly SourceText[], rule: WordRule): Finding[] {
  return (rule.except ?? []).flatMap((exception) =>
    exception.files
      .filter((file) => {
        const source = sources.find(({ path }) => path === file);
        return !source || !hitsOf(source, rule).some((hit) => covers(exception, hit));
      })
      .map((path) => ({
        path,
        line: 1,
        found: (exception.texts ?? rule.not).join(', '),
        say: 'remove the exception from scripts/words/rules/: nothing needs it here',
      })),
  );
}

function covers({ texts }: Exception, { found }: Hit): boolean {
  return texts === undefined || texts.includes(found);
}

function hitsOf(source: SourceText, rule: WordRule): Hit[] {
  const isBelow = (folder: string) => source.path.startsWith(`${folder}/`);
  if (rule.below !== undefined && !rule.below.some(isBelow)) return [];
  const hits = [
    ...(rule.in === 'prose' ? [] : namesWith(source, rule)),
    ...(rule.in === 'identifiers' ? [] : phrasesOf(source, rule)),
  ];
  const unique = new Map(hits.map((hit) => [`${hit.line} ${hit.found.toLowerCase()}`, hit]));
  return [...unique.values()];
}

type Hit = Pick<Finding, 'line' | 'found'>;

function namesWith({ path, names }: SourceText, { not }: WordRule): Hit[] {
  const words = not.filter((word) => typeof word === 'string').map((word) => ` ${word}`);
  const hasWord = (text: string) => {
    const parts = ` ${partsOf(text)} `;
    return words.some((word) => parts.includes(`${word} `) || parts.includes(`${word}s `));
  };
  return [{ text: path, line: 1 }, ...names]
    .filter(({ text }) => hasWord(text))
    .map(({ text, line }) => ({ found: text.replace(/^['"`}]|(?:['"`]|\$\{)$/g, ''), line }));
}

/** `memberPool`, `MEMBER_POOL` and `member-pool.ts` become `member pool`, with what follows. */
function partsOf(name: string): string {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .replace(/[^A-Za-z\d]+/g, ' ')
    .toLowerCase();
}

function phrasesOf({ prose }: SourceText, { not }: WordRule): Hit[] {
  return not.flatMap((phrase) =>
    [...prose.matchAll(patternOf(phrase))].map(({ 0: found, index }) => ({
      found: found.replace(/\s+/g, ' '),
      line: lineAt(prose, index),
    })),
  );
}

/** Words may stand on two lines. */
function patternOf(phrase: string | RegExp): RegExp {
  if (typeof phrase === 'string') {
    return new RegExp(String.raw`\b${phrase.replaceAll(' ', String.raw`[\s-]+`)}s?\b`, 'gi');
  }
  return new RegExp(phrase.source.replaceAll(' ', String.raw`\s+`), `${phrase.flags}g`);
}
