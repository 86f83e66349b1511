/** Splits a file into the names that it uses and the prose that it holds. Pure. */
import ts from 'typescript';

export interface Name {
  readonly text: string;
  readonly line: number;
}

export interface Comment {
  readonly start: number;
  /** With its delimiters. */
  readonly text: string;
}

export interface SourceText {
  /** Relative to the root, with slashes. */
  readonly path: string;
  readonly text: string;
  /** Identifiers, strings of one word, and words between backticks. */
  readonly names: readonly Name[];
  /** As long as the text: comments, strings and documents stand where they stood, code is NUL. */
  readonly prose: string;
  readonly comments: readonly Comment[];
  /** Undefined: not code. */
  readonly syntax: ts.SourceFile | undefined;
}

export function sourceText(path: string, text: string): SourceText {
  if (!/\.(?:ts|mjs|cjs|js)$/.test(path)) {
    return { path, text, names: quotedNames(text), prose: text, comments: [], syntax: undefined };
  }
  const syntax = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const tokens = tokensOf(syntax);
  const comments = commentsOf(tokens, syntax);
  const prose = proseOf(tokens, comments, syntax);
  const names = [...namesOf(tokens, syntax), ...quotedNames(prose)];
  return { path, text, names, prose, comments, syntax };
}

/** Line of an offset, from 1. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

function tokensOf(syntax: ts.SourceFile): ts.Node[] {
  const tokens: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    // To the compiler, doc comments are children of what they stand before.
    const children = node.getChildren(syntax).filter((child) => !ts.isJSDoc(child));
    if (children.length === 0) tokens.push(node);
    for (const child of children) visit(child);
  };
  visit(syntax);
  return tokens;
}

/** Comments stand between the tokens, together with blanks and nothing else. */
function commentsOf(tokens: readonly ts.Node[], syntax: ts.SourceFile): Comment[] {
  return tokens.flatMap((token) => {
    const between = syntax.text.slice(token.pos, token.getStart(syntax));
    return [...between.matchAll(/\/\*[^]*?\*\/|\/\/.*/g)].map(({ 0: text, index }) => ({
      start: token.pos + index,
      text,
    }));
  });
}

function proseOf(
  tokens: readonly ts.Node[],
  comments: readonly Comment[],
  syntax: ts.SourceFile,
): string {
  const texts = tokens
    .filter(isText)
    .filter(isNoModule)
    .map((token) => {
      const text = token.getText(syntax).replace(/^['"`]|['"`]$/g, '\0');
      return { start: token.getStart(syntax), text };
    });
  // Delimiters become blanks, so that a phrase is found across the lines of a comment.
  const delimiters = /^\/\*+|\*+\/$|^\/\/|^\s*\*/gm;
  const shownComments = comments.map(({ start, text }) => ({
    start,
    text: text.replace(delimiters, (found) => found.replace(/\S/g, ' ')),
  }));
  let prose = '';
  for (const { start, text } of [...texts, ...shownComments].sort((a, b) => a.start - b.start)) {
    prose += hidden(syntax.text.slice(prose.length, start)) + text;
  }
  return prose + hidden(syntax.text.slice(prose.length));
}

/** Keeps blanks, so that comments of one line each are read as one text. */
function hidden(code: string): string {
  return code.replace(/\S/g, '\0');
}

function namesOf(tokens: readonly ts.Node[], syntax: ts.SourceFile): Name[] {
  return tokens.filter(isName).map((token) => ({
    text: token.getText(syntax),
    line: syntax.getLineAndCharacterOfPosition(token.getStart(syntax)).line + 1,
  }));
}

/** Code that prose speaks of stands between backticks. */
function quotedNames(prose: string): Name[] {
  return [...prose.matchAll(/```[^]*?```|`[^`\n\0]+`/g)].flatMap(({ 0: quoted, index: start }) =>
    [...quoted.matchAll(/[\w$][\w$:-]*/g)].map(({ 0: text, index }) => ({
      text,
      line: lineAt(prose, start + index),
    })),
  );
}

/** Reports whether a token is an identifier, or a string of one word. */
function isName(token: ts.Node): boolean {
  if (ts.isIdentifier(token) || ts.isPrivateIdentifier(token)) return true;
  return isText(token) && isNoModule(token) && /^[\w$:.=-]+$/.test(token.text);
}

/** A module's path needs no check of its own: its file is checked. */
function isNoModule({ parent }: ts.Node): boolean {
  return !ts.isImportDeclaration(parent) && !ts.isExportDeclaration(parent);
}

function isText(token: ts.Node): token is ts.StringLiteralLike | ts.TemplateHead | ts.TemplateTail {
  return (
    ts.isStringLiteralLike(token) ||
    ts.isTemplateHead(token) ||
    ts.isTemplateMiddle(token) ||
    ts.isTemplateTail(token)
  );
}
