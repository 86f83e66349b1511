/** Links of the Markdown files, which are written for the repository, as links of the site. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import type { MarkdownRenderer } from 'vitepress';

export const root = join(import.meta.dirname, '../..');

/** Files that pages link to and that are no pages: the site has copies of them, as plain text. */
const linked = new Set<string>();

/** First heading of a Markdown file. */
export function titleOf(file: string): string {
  const [, title] = /^# (.+)$/m.exec(readFileSync(join(root, file), 'utf8')) ?? [];
  if (title === undefined) throw new Error(`${file} has no heading`);
  return title;
}

/** Name of a heading's anchor, as GitHub makes it. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-');
}

/**
 * Makes a relative link lead to the page of the site that its file became, or to a copy of the file.
 * A link to a folder without a page becomes plain text. A file that does not exist fails the build.
 */
export function linksOfSources(
  md: MarkdownRenderer,
  { base, pages }: { base: string; pages: ReadonlyMap<string, string> },
): void {
  md.core.ruler.push('links-of-sources', ({ tokens, env }) => {
    const folder = posix.relative(root, posix.dirname(env.realPath ?? env.path));
    for (const { children } of tokens) {
      for (const [at, link] of (children ?? []).entries()) {
        // Vue would evaluate {{ }}.
        if (link.type === 'code_inline') link.attrSet('v-pre', '');
        const href = link.type === 'link_open' ? link.attrGet('href') : null;
        if (href === null || /^([a-z]+:|#|\/)/.test(href)) continue;
        const [path = '', hash] = href.split('#');
        const file = posix.join(folder, path);
        if (!existsSync(join(root, file))) throw new Error(`${env.path}: no ${href}`);
        const page = pages.get(file) ?? pages.get(posix.join(file, 'README.md'));
        if (page !== undefined) {
          link.attrSet('href', `/${page}${hash === undefined ? '' : `#${hash}`}`);
        } else if (statSync(join(root, file)).isFile()) {
          linked.add(file);
          link.attrSet('href', `${base}files/${file}.txt`);
          link.attrSet('target', '_self'); // no page: the browser loads it
        } else {
          const end = children?.slice(at).find(({ type }) => type === 'link_close');
          link.type = 'span_open';
          link.attrs = null;
          link.tag = 'span';
          if (end !== undefined) end.tag = 'span';
        }
      }
    }
  });
}

/** Makes a component of each code block of the language mermaid. */
export function diagrams(md: MarkdownRenderer): void {
  const fence = md.renderer.rules.fence;
  md.renderer.rules.fence = (...args) => {
    const [tokens, at] = args;
    const block = tokens[at];
    if (block?.info !== 'mermaid') return fence?.(...args) ?? '';
    return `<MermaidDiagram id="diagram-${at}" source="${md.utils.escapeHtml(block.content)}" />`;
  };
}

/** Copies the linked files into the site. */
export function copyLinkedFiles(outDir: string): void {
  for (const file of linked) {
    const copy = join(outDir, 'files', `${file}.txt`);
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(join(root, file), copy);
  }
}
