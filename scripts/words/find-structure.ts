/** Finds what the house forbids beside words: in comments, lengths, names of types, tests. Pure. */
import ts from 'typescript';
import type { Finding } from './find-words.ts';
import { lineAt, type SourceText } from './source-text.ts';

const longestFile = 300;

const clause =
  /^(?:what|how|whether|when|where|why|since|who|whom|whose|which|if|so|of|the same|(?:by|in|from|to|on|for|with|at) wh(?:at|ich|om))\b/i;

/** @param sources every file of the repository. */
export function findStructure(sources: readonly SourceText[]): Finding[] {
  const shipped = sources.filter(({ path }) => /^(?:runtime|infra|rehearsal)\//.test(path));
  return [
    ...clauses(sources),
    ...sources.flatMap(tooLong),
    ...repeatedTypes(shipped),
    ...sources.flatMap(misnamedTests),
  ];
}

/** Doc comments that begin with a clause. */
function clauses(sources: readonly SourceText[]): Finding[] {
  const docs = sources.flatMap(({ path, text: file, comments }) =>
    comments
      .filter(({ text }) => text.startsWith('/**'))
      .map(({ start, text }) => ({
        path,
        line: lineAt(file, start),
        found: text.replace(/^[/*\s]+/, '').split(/\n|\*\//)[0] ?? '',
        say: 'begin the comment with a noun or a verb',
      })),
  );
  return docs.filter((doc) => clause.test(doc.found));
}

function tooLong({ path, text }: SourceText): Finding[] {
  const lines = text.trimEnd().split('\n').length;
  if (!/\.(?:ts|mjs|cjs|js|css|html)$/.test(path) || lines <= longestFile) return [];
  const say = `split the file by subject, ${longestFile} lines are the most`;
  return [{ path, line: longestFile + 1, found: `${lines} lines`, say }];
}

function repeatedTypes(sources: readonly SourceText[]): Finding[] {
  const first = new Map<string, string>();
  return sources.flatMap(({ path, text, syntax }) =>
    exportedTypes(syntax).flatMap((name) => {
      const other = first.get(name.text);
      first.set(name.text, other ?? path);
      if (other === undefined) return [];
      const say = `name it differently, ${other} exports a type of this name`;
      return [{ path, line: lineAt(text, name.end), found: name.text, say }];
    }),
  );
}

function exportedTypes(syntax: ts.SourceFile | undefined): ts.Identifier[] {
  return [...(syntax?.statements ?? [])].flatMap((statement) => {
    const isType =
      ts.isInterfaceDeclaration(statement) ||
      ts.isTypeAliasDeclaration(statement) ||
      ts.isClassDeclaration(statement) ||
      ts.isEnumDeclaration(statement);
    const isExported =
      isType && statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    return isExported === true && statement.name !== undefined ? [statement.name] : [];
  });
}

/** Imports of `it`: without one, a test file cannot call it. */
function misnamedTests({ path, text, syntax }: SourceText): Finding[] {
  return [...(syntax?.statements ?? [])]
    .filter(ts.isImportDeclaration)
    .flatMap(({ importClause }) => {
      const bindings = importClause?.namedBindings;
      return bindings !== undefined && ts.isNamedImports(bindings) ? [...bindings.elements] : [];
    })
    .filter(({ name, propertyName }) => (propertyName ?? name).text === 'it')
    .map(({ end }) => ({ path, line: lineAt(text, end), found: 'it', say: 'test' }));
}
