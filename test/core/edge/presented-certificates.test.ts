import { expect, test } from 'vitest';
import { presentedCertificates } from '../../../runtime/core/edge/presented-certificates.ts';

const held = (service: string | undefined, ...hosts: string[]) => ({
  service,
  certificate: {
    hosts,
    chainPem: `chain of ${service}`,
    privateKeyPem: 'key',
    notBeforeMs: 0,
    notAfterMs: 1,
  },
});
const route = (service: string, ...hosts: string[]) => ({ service, hosts });

test.each([
  [
    'the hosts of its route',
    [held('blog', 'a.test', 'b.test')],
    [route('blog', 'a.test')],
    'a.test',
  ],
  [
    'a host that its wildcard covers',
    [held('blog', '*.test')],
    [route('blog', 'a.test')],
    'a.test',
  ],
  ['a wildcard of its route', [held('blog', '*.test')], [route('blog', '*.test')], '*.test'],
  ['no host of another', [held('blog', 'a.test')], [route('shop', 'a.test')], undefined],
  [
    'what no route has, without a route',
    [held('blog', 'a.test', 'b.test')],
    [route('shop', 'a.test')],
    'b.test',
  ],
  ['all names without any route', [held('blog', 'a.test', 'b.test')], [], 'a.test b.test'],
] as const)("a service's own certificate is presented for %s", (_, own, routes, hosts) => {
  const [presented] = presentedCertificates(own, { routes, acmeHosts: [] });
  expect(presented?.hosts.join(' ')).toBe(hosts);
});

test('a certificate by ACME is presented while its host needs one, before own ones', () => {
  const all = [held('blog', 'a.test'), held(undefined, 'a.test'), held(undefined, 'gone.test')];
  const names = { routes: [route('blog', 'a.test')], acmeHosts: ['a.test'] };
  const presented = presentedCertificates(all, names).map(({ chainPem }) => chainPem);
  expect(presented).toEqual(['chain of undefined', 'chain of blog']);
});
