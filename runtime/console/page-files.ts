import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { Hono } from 'hono';
import { etag } from 'hono/etag';

const folder = new URL('page/', import.meta.url);

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Routes that serve the files of the page, read once at the start; `index.html` is at `/`. */
export function pageFiles(): Hono {
  const routes = new Hono();
  for (const name of readdirSync(folder)) {
    const contentType = contentTypes[extname(name)];
    if (contentType === undefined) continue;
    const text = readFileSync(new URL(name, folder), 'utf8');
    routes.get(name === 'index.html' ? '/' : `/${name}`, etag(), (c) =>
      c.body(text, 200, { 'content-type': contentType, 'cache-control': 'no-cache' }),
    );
  }
  return routes;
}
