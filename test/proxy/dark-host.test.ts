import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probe } from '../../runtime/proxy/members/probe.ts';
import { DocumentFile } from '../support/document-file.ts';
import { get } from '../support/http/load.ts';
import { startDarkHost } from '../support/processes/dark-host.ts';
import { MemberServer } from '../support/processes/member-server.ts';
import { startProxy } from '../support/processes/proxy-process.ts';
import { member, releaseDocument } from '../support/release-document.ts';
import { unless, whyNoLinux } from '../support/skip.ts';

// The accept queue is that of Linux.
describe('A host that goes dark', unless(whyNoLinux()), () => {
  let other: MemberServer;

  beforeAll(async () => {
    other = await MemberServer.start('stable-2');
  });
  afterAll(async () => await other?.[Symbol.asyncDispose]());

  test('is unreachable for a probe', async () => {
    await using host = await startDarkHost();
    const upstream = { key: `127.0.0.1:${host.port}`, host: '127.0.0.1', port: host.port };
    const options = { path: '/', timeoutMs: 500 };
    const { signal } = new AbortController();
    expect(await probe(upstream, options, signal)).toBe('passed');
    await host.goDark();
    expect(await probe(upstream, options, signal)).toBe('unreachable');
  });

  test('does not hold the requests that it was given: others answer them long before a timeout', async () => {
    await using host = await startDarkHost();
    const members = [member('stable-1', host.port), other.entry()];
    await using file = await DocumentFile.create(releaseDocument({ members }));
    await using proxy = await startProxy({ args: ['--document', file.path, '--workers', '1'] });
    // One for each member.
    const held = Promise.all([get(`${proxy.origin}/held`), get(`${proxy.origin}/held`)]);
    await host.held;
    await host.goDark();
    // Their member would otherwise have a minute.
    for (const { status, body } of await held) {
      expect({ status, body }).toEqual({ status: 200, body: 'stable-2' });
    }
    expect((await get(proxy.origin)).body).toBe('stable-2');
  });
});
