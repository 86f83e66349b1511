/** Site of the guides: `npm run docs:site` builds it into site/.vitepress/dist. */
import { globSync } from 'node:fs';
import { type DefaultTheme, defineConfig, type Plugin } from 'vitepress';
import { anchorOf, copyLinkedFiles, diagrams, linksOfSources, root, titleOf } from './sources.mts';

/** Path below which the site is served: /perch/ on GitHub Pages of a repository named perch. */
const base = process.env.DOCS_BASE ?? '/';

const sections: Readonly<Record<string, readonly string[]>> = {
  Start: [
    'README.md',
    'docs/getting-started.md',
    'docs/getting-started/one-machine.md',
    'docs/getting-started/servers.md',
    'docs/getting-started/aws.md',
    'docs/getting-started/digitalocean.md',
    'docs/library.md',
    'docs/compare.md',
    'docs/from-kamal.md',
  ],
  Release: [
    'docs/releasing.md',
    'docs/applications.md',
    'docs/judge.md',
    'docs/flags.md',
    'docs/rehearsal.md',
    'docs/operating.md',
    'docs/console.md',
  ],
  Watch: [
    'docs/monitoring.md',
    'docs/alerts.md',
    'docs/metrics.md',
    'docs/hosts.md',
    'docs/troubleshooting.md',
    'docs/performance.md',
  ],
  Serve: [
    'docs/proxy.md',
    'docs/https.md',
    'docs/certificates.md',
    'docs/http2.md',
    'docs/services.md',
  ],
  Reference: [
    'docs/configuration.md',
    'docs/security.md',
    'docs/glossary.md',
    'CHANGELOG.md',
    'ARCHITECTURE.md',
    'CONTRIBUTING.md',
    'docs/testing.md',
  ],
  Decisions: ['docs/adr/README.md', ...globSync('docs/adr/[0-9]*.md', { cwd: root }).sort()],
};

/** Path of the site's page that a Markdown file becomes. */
function pageOf(file: string): string {
  return file
    .replace(/^docs\//, '')
    .replace(/README\.md$/, 'index.md')
    .replace(/^[A-Z]+\.md$/, (name) => name.toLowerCase());
}

const pages = new Map(
  Object.values(sections)
    .flat()
    .map((file) => [file, pageOf(file)]),
);

const missing = globSync('docs/**/*.md', { cwd: root }).filter((file) => !pages.has(file));
if (missing.length > 0) throw new Error(`no section of the site has ${missing.join(', ')}`);

const sidebar: DefaultTheme.SidebarItem[] = Object.entries(sections).map(([text, files]) => ({
  text,
  collapsed: text === 'Decisions',
  items: files.map((file) => ({
    text: file === 'README.md' ? 'What Perch is' : titleOf(file),
    link: `/${pageOf(file).replace(/(index)?\.md$/, '')}`,
  })),
}));

/** Finds the packages of pages, which lie outside of this folder, in its node_modules. */
const packagesOfSite = {
  name: 'packages-of-site',
  enforce: 'pre',
  resolveId(source, importer) {
    if (!/^vue(\/|$)/.test(source) || !importer?.endsWith('.md')) return undefined;
    return this.resolve(source, import.meta.filename, { skipSelf: true });
  },
} satisfies Plugin;

export default defineConfig({
  title: 'Perch',
  description: 'Releases containers safely on plain servers',
  base,
  srcDir: '..',
  srcExclude: ['!(docs)/**/*'],
  rewrites: Object.fromEntries(pages),
  markdown: {
    anchor: { slugify: anchorOf },
    config: (md) => {
      linksOfSources(md, { base, pages });
      diagrams(md);
    },
  },
  vite: { plugins: [packagesOfSite], ssr: { external: ['vue', 'vue/server-renderer'] } },
  buildEnd: ({ outDir }) => copyLinkedFiles(outDir),
  themeConfig: {
    sidebar,
    outline: [2, 3],
    search: { provider: 'local' },
    nav: [
      { text: 'Getting started', link: '/getting-started' },
      { text: 'Configuration', link: '/configuration' },
    ],
  },
});
