import { readdirSync } from 'node:fs';
import { expect } from 'vitest';
import { test } from './fixtures.ts';

test("the console serves the page's files and nothing else on the disk", async ({
  consoleServer,
}) => {
  const { headers } = await fetch(`${consoleServer.origin}/console.js`);
  expect(headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  expect(await consoleServer.statusOf('GET', '/../console.ts', {})).toBe(404);
  expect(await consoleServer.statusOf('GET', '/%2e%2e/console.ts', {})).toBe(404);
});

test('all of the JavaScript of the page is under 150 KB, without compression', async ({
  consoleServer,
}) => {
  const page = new URL('../../runtime/console/page/', import.meta.url);
  const own = readdirSync(page).filter((name) => name.endsWith('.js'));
  const sizes = await Promise.all(
    [...own, 'uplot.js'].map(async (name) => {
      const response = await fetch(`${consoleServer.origin}/${name}`);
      expect(response.status).toBe(200);
      return (await response.arrayBuffer()).byteLength;
    }),
  );
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(150_000);
});
