import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { networkInterfaces } from 'node:os';
import { describe, expect, test } from 'vitest';
import { DocumentFile } from '../support/document-file.ts';
import { MemberServer } from '../support/processes/member-server.ts';
import { perch } from '../support/processes/perch.ts';
import { startProxy } from '../support/processes/proxy-process.ts';
import { freePort } from '../../rehearsal/loopback.ts';
import { startRedis } from '../support/redis/redis-server.ts';
import { releaseDocument } from '../support/release-document.ts';
import { unless } from '../support/skip.ts';

const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
const reason = addresses.some(({ address }) => address === '::1')
  ? undefined
  : 'this machine has no IPv6';

/** Starts a command in a network of its own whose kernel refuses IPv6. */
const withoutIpv6 = [
  'unshare',
  '--map-root-user',
  '--net',
  'sh',
  '-c',
  'ip link set lo up && echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6 && exec "$@"',
  'sh',
];
const [unshare = '', ...inside] = withoutIpv6;
const noNamespace =
  spawnSync(unshare, [...inside, 'true']).status === 0
    ? undefined
    : 'unshare and ip must be able to make a network of their own';

const answer = async (url: string) => await (await fetch(url)).text();

describe('A host with IPv6', unless(reason), () => {
  test('a member is reserved, routed to and served by IPv6 alone, with Redis on IPv6', async () => {
    await using redis = await startRedis({ password: 'secret', config: { bind: '::1' } });
    const environment = {
      PERCH_SERVICE: 'shop',
      PERCH_REDIS_URL: `redis://:secret@[::1]:${redis.port}`,
    };
    await using proxy = await startProxy({
      args: ['--listen', '[::1]:0', '--workers', '1'],
      env: environment,
    });
    const where = ['--track=stable', '--version=1', '--host=web-1', '--address=0:0::1'];
    const reserved = await perch(['member', 'reserve', '--json', '--id=s1', ...where], environment);
    expect(reserved.stderr).toBe('');
    const { url, port } = JSON.parse(reserved.stdout) as { url: string; port: number };
    expect(url).toBe(`http://[::1]:${port}`);
    const member = createServer((_, response) => void response.end('served by IPv6'));
    await once(member.listen(port, '::1'), 'listening');
    expect(await perch(['member', 'activate', '--id=s1'], environment)).toMatchObject({ code: 0 });
    expect(proxy.origin).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect(await answer(proxy.origin)).toBe('served by IPv6');
    const status = await perch(['status'], environment);
    expect(status.stdout).toContain(url);
    member.close();
    member.closeAllConnections();
  });

  test('a proxy on [::] serves IPv4 and IPv6, beside a predecessor on 0.0.0.0 and after it', async () => {
    await using member = await MemberServer.start('stable-1');
    const port = await freePort();
    await using file = await DocumentFile.create(releaseDocument({ members: [member.entry()] }));
    const args = ['--document', file.path, '--workers', '1', '--listen'];
    await using before = await startProxy({ args: [...args, `0.0.0.0:${port}`] });
    await using proxy = await startProxy({ args: [...args, `[::]:${port}`] });
    const urls = [`http://127.0.0.1:${port}`, `http://[::1]:${port}`];
    for (const url of urls) expect(await answer(url)).toBe('stable-1');
    expect(await before.stop()).toBe(0);
    for (const url of urls) expect(await answer(url)).toBe('stable-1');
    expect(proxy.listening).toBe(`[::]:${port}`);
  });

  test('a proxy on [::] reports in one line that its port is in use on IPv6', async () => {
    const other = createServer();
    await once(other.listen({ port: 0, host: '::', ipv6Only: true }), 'listening');
    const address = other.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    await using member = await MemberServer.start('stable-1');
    await using file = await DocumentFile.create(releaseDocument({ members: [member.entry()] }));
    const args = ['--document', file.path, '--workers', '1', '--listen', `[::]:${address.port}`];
    await expect(startProxy({ args })).rejects.toThrow(
      `perch: --listen [::]:${address.port} is in use by another process`,
    );
    other.close();
  });
});

test('A proxy on [::] serves IPv4 where the kernel has no IPv6', unless(noNamespace), async () => {
  await using member = await MemberServer.start('stable-1');
  await using file = await DocumentFile.create(releaseDocument({ members: [member.entry()] }));
  const args = ['--document', file.path, '--workers', '1', '--listen', '[::]:8080'];
  const admin = ['--admin', `unix:${file.path}.sock`];
  await using proxy = await startProxy({ args: [...args, ...admin], through: withoutIpv6 });
  expect(proxy.listening).toBe('[::]:8080');
  const ask = ['--target', String(proxy.pid), '--net', '--user', '--preserve-credentials'];
  const fetching = "fetch('http://127.0.0.1:8080').then(({ status }) => console.log(status))";
  const { stdout } = spawnSync('nsenter', [...ask, process.execPath, '-e', fetching]);
  // Its member is not in that network, so it answers by itself.
  expect(String(stdout)).toMatch(/^50[23]\n$/);
});
