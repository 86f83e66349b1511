import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { Hono } from 'hono';
import { etag } from 'hono/etag';

const folder = new URL('page/', import.meta.url);

/** Files from elsewhere, by the names under which the page gets them. */
const others = {
  'theme.css': new URL('../web/page/theme.css', import.meta.url).href,
  'perch.svg': new URL('../web/page/perch.svg', import.meta.url).href,
  'uplot.js': import.meta.resolve('uplot/dist/uPlot.iife.min.js'),
  'uplot.css': import.meta.resolve('uplot/dist/uPlot.min.css'),
};

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Routes that serve the files of the page, read once at the start; `index.html` is at `/`. */
export function pageFiles(): Hono {
  const routes = new Hono();
  const own = readdirSync(folder).map((name) => [name, new URL(name, folder)] as const);
  const shared = Object.entries(others).map(([name, url]) => [name, new URL(url)] as const);
  for (const [name, url] of [...own, ...shared]) {
    const contentType = contentTypes[extname(name)];
    if (contentType === undefined) continue;
    const text = readFileSync(url, 'utf8');
    routes.get(name === 'index.html' ? '/' : `/${name}`, etag(), (c) =>
      c.body(text, 200, { 'content-type': contentType, 'cache-control': 'no-cache' }),
    );
  }
  return routes;
}
