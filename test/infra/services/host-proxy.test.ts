import { expect, test } from 'vitest';
import { z } from 'zod';
import { makeProd } from '../../../infra/stacks/prod.ts';
import { authorityPem } from '../../support/pulumi/certificates.ts';
import { clearText, composed } from '../../support/pulumi/pulumi-mocks.ts';
import { configFor } from '../../support/pulumi/stack-configs.ts';

async function proxies(values: Record<string, unknown>) {
  const made = await composed(() => makeProd(configFor('server', values)));
  return made.filter(({ type, name }) => type.endsWith(':Container') && name.startsWith('proxy-'));
}

async function proxyCommand(values: Record<string, unknown>): Promise<unknown> {
  const [first] = await proxies(values);
  return first?.inputs['command'];
}

test.each([
  { proxyWorkers: 1, workers: [1, 1] },
  { proxyWorkers: 2, workers: [1, 1] },
  { proxyWorkers: 5, workers: [3, 2] },
])(
  '$proxyWorkers workers of a host are divided into $workers',
  async ({ proxyWorkers, workers }) => {
    const made = await proxies({ proxyWorkers });
    expect(made.map(({ name }) => name)).toEqual(['proxy-web-1', 'proxy-web-1-second']);
    for (const [index, { inputs }] of made.entries()) {
      expect(inputs['command']).toContain(`--workers=${workers[index]}`);
      expect(inputs['memory']).toBe(128 + 192 * (workers[index] ?? 0));
    }
  },
);

test('both proxies of a host share its port and the last good document', async () => {
  const [first, second] = await proxies({});
  for (const input of ['volumes', 'networkMode', 'labels']) {
    expect(second?.inputs[input]).toEqual(first?.inputs[input]);
  }
});

test('proxies get the settings of the judge that are theirs', async () => {
  const judge = { alpha: 0.01, unjudgedAfterSeconds: 90, warmUpSeconds: 0 };
  const command = await proxyCommand({ judge });
  expect(command).toEqual(expect.arrayContaining(['--unjudged-after=90', '--warm-up-seconds=0']));
});

test('a proxy of an older image gets no option that it does not know, unless the stack sets it', async () => {
  const command = await proxyCommand({ judge: { alpha: 0.01 } });
  expect(JSON.stringify(command)).not.toMatch(/unjudged|warm-up/);
});

test('a proxy serves https only where the stack names hosts, and its key is no argument', async () => {
  const [plain] = await proxies({ trustedProxies: ['198.18.7.0/24'] });
  expect(plain?.inputs['command']).toContain('--trust-proxy=198.18.7.0/24');
  expect(JSON.stringify(plain?.inputs)).not.toMatch(/tls-listen|EDGE_KEY|https-port/);
  const [secure] = await proxies({
    hosts: ['shop.perch.internal'],
    acmeDirectory: 'https://ca.perch.internal/dir',
    acmeEmail: 'ops@perch.internal',
    acmeCaCertificate: authorityPem,
    httpsPort: 8443,
  });
  expect(secure?.inputs['command']).toEqual(
    expect.arrayContaining([
      '--listen=[::]:80',
      '--tls-listen=[::]:8443',
      '--acme-directory=https://ca.perch.internal/dir',
      '--acme-email=ops@perch.internal',
    ]),
  );
  expect(secure?.inputs['labels']).toContainEqual({ label: 'perch.https-port', value: '8443' });
  expect(clearText(secure?.inputs['command'])).not.toContain('EDGE_KEY');
  expect(JSON.stringify(secure?.inputs['envs'])).toMatch(/PERCH_EDGE_KEY=[\w+/]{43}=/);
  expect(JSON.stringify(secure?.inputs['envs'])).toContain(
    `PERCH_ACME_CA_CERTIFICATE=${JSON.stringify(authorityPem).slice(1, -1)}`,
  );
});

test('a proxy knows the addresses that the DNS of its hosts should have: those of every proxy, not names', async () => {
  const [plain] = await proxies({});
  expect(JSON.stringify(plain?.inputs['command'])).not.toContain('--public-address');
  const server = { user: 'deploy', hostKey: 'ssh-ed25519 AAAA' };
  const servers = ['198.18.1.1', 'web-2.perch.internal', 'fd00::3', '198.18.1.4'].map(
    (address, index) => ({
      ...server,
      name: `web-${index}`,
      address,
      privateAddress: `10.0.0.${index}`,
    }),
  );
  const secure = await proxies({ hosts: ['shop.perch.internal'], servers, proxyCount: 3 });
  expect(secure).toHaveLength(6);
  for (const { inputs } of secure) {
    const words = z.array(z.string()).parse(inputs['command']);
    expect(words.filter((word) => word.startsWith('--public-address'))).toEqual([
      '--public-address=198.18.1.1',
      '--public-address=fd00::3',
    ]);
  }
});

test('asset paths reach the proxies by their options, or by the route where the service has one', async () => {
  const assetPaths = ['/assets/', '/img/'];
  const options = assetPaths.map((path) => `--asset-path=${path}`);
  expect(await proxyCommand({ assetPaths })).toEqual(expect.arrayContaining(options));
  const hosts = { assetPaths, hosts: ['shop.perch.internal'], tls: 'none' };
  const made = await composed(() => makeProd(configFor('server', hosts)));
  const proxy = made.find(({ name }) => name === 'proxy-web-1');
  expect(JSON.stringify(proxy?.inputs)).not.toContain('--asset-path');
  const route = made.find(({ type, name }) => type.startsWith('command:') && name === 'route');
  expect(JSON.parse(String(route?.inputs['stdin']))).toMatchObject({ assetPaths });
});

test('proxies log requests only if the stack says so, and give what is not said to the proxy', async () => {
  expect(JSON.stringify(await proxyCommand({}))).not.toContain('access-log');
  const some = await proxyCommand({ accessLog: { percent: 2.5 } });
  expect(JSON.stringify(some)).toMatch(/"--access-log=2.5"(?!.*access-log)/);
  const all = await proxyCommand({ accessLog: { percent: 100, query: true, clients: 'full' } });
  expect(all).toEqual(
    expect.arrayContaining(['--access-log=100', '--access-log-query', '--access-log-clients=full']),
  );
});

test.each([
  [
    { percent: 0 },
    'percent must be a number above 0, at most 100, with two decimals at most, got 0',
  ],
  [{ percent: '10' }, 'percent must be a number above 0'],
  [{ query: true }, 'percent must be set with the other fields'],
  [{ percent: 1, clients: 'all' }, 'clients must be one of full, network, none, got "all"'],
  [{ percent: 1, cookies: true }, 'perch:accessLog.cookies is not known'],
])('the access log %j is refused', async (accessLog, problem) => {
  await expect(proxyCommand({ accessLog })).rejects.toThrow(problem);
});
