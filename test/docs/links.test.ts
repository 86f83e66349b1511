import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: root });

/** Text of a page without its blocks of code, which may have brackets and number signs. */
const textOf = (page: string) =>
  readFileSync(join(root, page), 'utf8').replace(/^( *)```.*?^\1```$/gms, '');

/** Anchors of a page's headings, as GitHub names them. */
function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of textOf(page).matchAll(/^#+ (.+)$/gm)) {
    const name = heading
      .replace(/\]\([^)]*\)/g, '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-');
    let anchor = name;
    for (let count = 1; anchors.has(anchor); count += 1) anchor = `${name}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Links of a page to files of the repository and to headings. */
const linksOf = (page: string) =>
  [...textOf(page).matchAll(/\]\((?![a-z]+:)([^)\s]+)\)/g)].map(([, link = '']) => link);

test('every link of a guide leads to a file and a heading that exist', () => {
  const anchors = new Map(pages.map((page) => [page, anchorsOf(page)]));
  const links = pages.flatMap((page) => linksOf(page).map((link) => ({ page, link })));
  expect(links.length).toBeGreaterThan(200);
  const broken = links.filter(({ page, link }) => {
    const [path = '', anchor] = link.split('#');
    const file = path === '' ? page : relative('.', join(dirname(page), path));
    if (!existsSync(join(root, file))) return true;
    return anchor !== undefined && anchors.get(file)?.has(anchor) !== true;
  });
  expect(broken).toEqual([]);
});

test('the site of the guides has every guide in a section', () => {
  const sections = readFileSync(join(root, 'site/.vitepress/config.mts'), 'utf8');
  const guides = pages.filter((page) => /^docs\/(?!adr\/\d)/.test(page));
  expect(guides.filter((page) => !sections.includes(`'${page}'`))).toEqual([]);
});

test('every decision is in their list, under its own title', () => {
  const list = readFileSync(join(root, 'docs/adr/README.md'), 'utf8');
  const decisions = pages.filter((page) => /^docs\/adr\/\d/.test(page));
  expect(decisions.length).toBeGreaterThan(15);
  const missing = decisions.filter((page) => {
    const [, title = ''] = /^# (.+)$/m.exec(textOf(page)) ?? [];
    return !list.includes(`- [${title}](${basename(page)})\n`);
  });
  expect(missing).toEqual([]);
});
