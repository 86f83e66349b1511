import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ReleaseDocument } from '../../runtime/core/release/release-document.ts';
import { DocumentFile } from '../support/document-file.ts';
import { get } from '../support/http/load.ts';
import { MemberServer } from '../support/processes/member-server.ts';
import { startProxy, type ProxyProcess } from '../support/processes/proxy-process.ts';
import { releaseDocument } from '../support/release-document.ts';

/** Paths that a member answers with 500. */
type Broken = (path: string) => boolean;

const everywhere: Broken = (path) => path.startsWith('/boom');
let members: MemberServer[];
let file: DocumentFile;
let proxy: ProxyProcess;
let generation = 1;

beforeAll(async () => {
  file = await DocumentFile.create(releaseDocument());
  proxy = await startProxy({ args: ['--document', file.path, '--workers', '1'] });
});
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]();
  await file?.[Symbol.asyncDispose]();
  for (const member of members ?? []) await member[Symbol.asyncDispose]();
});

beforeEach(async () => {
  for (const member of members ?? []) await member[Symbol.asyncDispose]();
  members = await Promise.all(
    ['stable-1', 'stable-2', 'canary-1'].map((id) => MemberServer.start(id)),
  );
  for (const { id } of members) breakAt(id, everywhere);
});

test('a request that fails in every version ejects no member', async () => {
  await apply({ weight: 50 });
  for (let count = 0; count < 20; count += 1) await get(`${proxy.origin}/`);
  for (let count = 0; count < 60; count += 1) {
    expect((await get(`${proxy.origin}/boom?try=${count}`)).status).toBe(500);
  }
  expect(await ejections()).toEqual([]);
});

test('a request that fails in every version ejects no member from under a client that keeps its track', async () => {
  await apply({ weight: 50, affinity: 'cookie' });
  for (let client = 0; client < 20; client += 1) {
    const { headers } = await get(`${proxy.origin}/`);
    const cookie = headers['set-cookie']?.[0]?.split(';', 1)[0] ?? '';
    for (let count = 0; count < 5; count += 1) {
      await get(`${proxy.origin}/boom`, undefined, { cookie });
    }
  }
  expect(await ejections()).toEqual([]);
});

test('a canary that fails where stable answers is ejected after five answers of 5xx or a few more', async () => {
  await apply({ weight: 50 });
  // Chance may give the canary the first few requests; until stable has answered, none is an outlier.
  for (let count = 0; count < 60; count += 1) await get(`${proxy.origin}/items/${count}`);
  breakAt('canary-1', () => true);
  const statuses: number[] = [];
  for (let count = 0; count < 60; count += 1) {
    statuses.push((await get(`${proxy.origin}/items/${count}`)).status);
  }
  const failures = statuses.filter((status) => status === 500).length;
  // More if chance gave it the first five: stable must have answered well since the first of them.
  const first = statuses.indexOf(500);
  const inRow = statuses.indexOf(200, first) - first;
  expect(failures).toBe(Math.max(5, inRow + 1));
  expect(await ejections()).toEqual(['canary-1']);
});

test('poisoned requests in between do not spare a canary that fails everything', async () => {
  await apply({ weight: 50 });
  breakAt('canary-1', () => true);
  for (let count = 0; count < 60; count += 1) {
    await get(`${proxy.origin}/${count % 2 === 0 ? 'boom' : ''}`);
    await get(`${proxy.origin}/`);
  }
  expect(await ejections()).toEqual(['canary-1']);
});

test('a stable member that fails where the others answer is ejected', async () => {
  await apply({ weight: 0 });
  breakAt('stable-2', () => true);
  for (let count = 0; count < 20; count += 1) await get(`${proxy.origin}/`);
  expect(await ejections()).toEqual(['stable-2']);
});

test('an outage that all members share ejects none of them', async () => {
  await apply({ weight: 50 });
  for (let count = 0; count < 20; count += 1) await get(`${proxy.origin}/`);
  for (const { id } of members) breakAt(id, () => true);
  // The first five requests of the outage are all one member's, as they could be by chance.
  await apply({ weight: 100 });
  for (let count = 0; count < 5; count += 1) await get(`${proxy.origin}/`);
  await apply({ weight: 50 });
  for (let count = 0; count < 60; count += 1) await get(`${proxy.origin}/`);
  expect(await ejections()).toEqual([]);
});

function breakAt(id: string, isBroken: Broken): void {
  const member = members.find((one) => one.id === id);
  if (member === undefined) throw new Error(`no member ${id}`);
  member.respond = ({ url = '' }, response: ServerResponse) => {
    if (isBroken(url)) response.writeHead(500);
    response.end(id);
  };
}

async function apply(overrides: Partial<ReleaseDocument>): Promise<void> {
  generation += 1;
  const entries = members.map((one) => one.entry());
  await file.write(releaseDocument({ members: entries, ...overrides, generation }));
  await proxy.untilGeneration(generation);
}

/** Members of the document that outlier ejection has ejected. */
async function ejections(): Promise<string[]> {
  const lines = await proxy.metrics('perch_proxy_ejections_total{');
  const ejected = lines.filter((line) => !line.endsWith(' 0'));
  return ejected.map((line) => /member="([^"]+)"/.exec(line)?.[1] ?? line);
}
