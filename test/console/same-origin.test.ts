import { expect } from 'vitest';
import { onOff } from './console-server.ts';
import { test as base } from './fixtures.ts';

const test = base.extend('flagged', { scope: 'file' }, async ({ consoleServer }) => {
  await consoleServer.flags.set('new_feature', onOff);
  return consoleServer;
});

const toggle = '/flags/new_feature/toggle';

test.for(['evil.example', 'localhost.evil.example:80', '127.0.0.1.nip.io', '169.254.169.254'])(
  'the console rejects requests for the host %j',
  async (host, { flagged }) => {
    expect(await flagged.statusOf('GET', '/api/overview', { host })).toBe(421);
    expect(await flagged.statusOf('POST', toggle, { host })).toBe(421);
  },
);

test.for(['localhost:8090', '127.0.0.1', '[::1]:9', 'LOCALHOST', 'perch.example:443'])(
  'the console answers requests for the host %j',
  async (host, { flagged }) => {
    expect(await flagged.statusOf('GET', '/api/overview', { host })).toBe(200);
  },
);

test.for<Record<string, string>>([
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site', origin: 'http://localhost:3000' },
  { origin: 'https://evil.example' },
  { origin: 'null' },
  { origin: 'http://localhost:1' },
])('the console rejects a write of a foreign page with %j', async (headers, { flagged }) => {
  const before = await flagged.flags.get('new_feature');
  const sent = { host: 'localhost:8090', ...headers };
  expect(await flagged.statusOf('POST', toggle, sent)).toBe(403);
  expect(await flagged.flags.get('new_feature')).toEqual(before);
});

test.for<Record<string, string>>([
  { 'sec-fetch-site': 'same-origin', origin: 'http://localhost:8090' },
  { origin: 'http://localhost:8090' },
  {},
])(
  'the console accepts a write of its own page, or of no page, with %j',
  async (headers, { flagged }) => {
    const sent = { host: 'localhost:8090', ...headers };
    expect(await flagged.statusOf('POST', toggle, sent)).toBe(200);
  },
);
