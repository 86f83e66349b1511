import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { HeldCertificate } from '../../runtime/core/edge/presented-certificates.ts';
import { edgeOfProxy } from '../../runtime/proxy/edge-of-proxy.ts';
import { proxySettings } from '../../runtime/proxy/settings/settings.ts';
import { newSealingKey } from '../support/acme/edge-stage.ts';
import { testCertificate } from '../support/tls/certificate.ts';

test('a certificate is tried once, however often others change; a bad one prevents none', () => {
  const lines: string[] = [];
  const presented: (readonly string[])[] = [];
  const settings = proxySettings(
    { tlsListen: '127.0.0.1:0' },
    {
      PERCH_REDIS_URL: 'redis://127.0.0.1:1',
      PERCH_SERVICE: 'shop',
      PERCH_EDGE_KEY: newSealingKey(),
    },
  );
  const edge = edgeOfProxy(settings, {
    present: (held) => presented.push(held.flatMap(({ certificate }) => certificate.hosts)),
    hosts: () => [],
    logger: pino({}, { write: (line: string) => lines.push(line) }),
  });
  const held = (host: string, privateKeyPem?: string): HeldCertificate => {
    const certificate = testCertificate({ hosts: [host] });
    return {
      service: host,
      certificate: { ...certificate, ...(privateKeyPem !== undefined && { privateKeyPem }) },
    };
  };
  const bad = held('bad.test', testCertificate({ hosts: ['x.test'] }).privateKeyPem);
  const good = held('good.test');
  edge?.onCertificates([bad, good]);
  edge?.onCertificates([bad, good, held('new.test')]);
  expect(presented).toEqual([['good.test'], ['good.test', 'new.test']]);
  expect(lines.filter((line) => line.includes('cannot be used'))).toHaveLength(1);
});
