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
