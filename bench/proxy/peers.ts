import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { initialDocument, type Member } from '../../runtime/core/release/release-document.ts';
import { testCertificate } from '../../test/support/tls/certificate.ts';
import { nginx, type BenchCertificate, type SecureOptions } from './nginx.ts';
import { isInstalled, measured, others, PinnedProcess } from './process.ts';

/** Names of Perch as it is in this checkout, and of another checkout of Perch. */
export const perchHere = 'perch';
export const perchBefore = 'perch before';

/** One of the proxies that are compared. */
export interface ProxyPeer {
  readonly name: string;
  readonly port: number;
  readonly start: () => PinnedProcess;
  /** True if it can do nothing but HTTP/2. */
  readonly onlyHttp2?: boolean;
}

/** Peer that this machine may not be able to run. */
interface KnownPeer {
  readonly name: string;
  readonly start: (port: number) => PinnedProcess;
  /** Program that must be installed. */
  readonly needs?: string;
  readonly onlyHttp2?: boolean;
}

const root = join(import.meta.dirname, '../..');

export interface PeerOptions {
  readonly folder: string;
  readonly firstPort: number;
  readonly upstreamPort: number;
  /** Folder of another checkout of Perch, which is measured too. */
  readonly against: string | undefined;
  /** Names of the peers to measure; empty: all. */
  readonly only: readonly string[];
  /** Given: the peers that can do TLS listen with it. */
  readonly certificate?: BenchCertificate | undefined;
}

/** Returns the proxies that this machine can run, Perch first; prints which ones it cannot. */
export function peers({
  folder,
  firstPort,
  upstreamPort,
  against,
  only,
  certificate,
}: PeerOptions): ProxyPeer[] {
  if (certificate !== undefined) {
    const known = securePeers({ folder, upstreamPort, certificate, against });
    return known.flatMap(({ name, start, needs, onlyHttp2 }, index) => {
      const port = firstPort + index;
      const isWanted = only.length === 0 || only.includes(name);
      const canStart = needs === undefined || isInstalled(needs);
      if (!isWanted || !canStart) return [];
      return [{ name, port, start: () => start(port), ...(onlyHttp2 && { onlyHttp2 }) }];
    });
  }
  const known: KnownPeer[] = [
    { name: perchHere, start: (port) => perch(folder, port, upstreamPort) },
    ...(against === undefined
      ? []
      : [
          {
            name: perchBefore,
            start: (port: number) => perch(folder, port, upstreamPort, { checkout: against }),
          },
        ]),
    { name: 'nginx', start: (port) => nginx(folder, port, { upstreamPort }), needs: 'nginx' },
    { name: 'haproxy', start: (port) => haproxy(folder, port, { upstreamPort }), needs: 'haproxy' },
    { name: 'node:http', start: (port) => nodeHttp(port, upstreamPort) },
  ];
  const wanted = known.filter(({ name }) => only.length === 0 || only.includes(name));
  return wanted.flatMap(({ name, start, needs }, index) => {
    const port = firstPort + index;
    if (needs === undefined || isInstalled(needs))
      return [{ name, port, start: () => start(port) }];
    console.log(`${name}: skipped, not installed (apt-get install ${needs})`);
    return [];
  });
}

/** Returns the proxies that end TLS. Perch listens without it as well, on a port of its own choice. */
function securePeers({
  folder,
  upstreamPort,
  certificate,
  against,
}: Required<SecureOptions> & { folder: string; against: string | undefined }): KnownPeer[] {
  const secure = { upstreamPort, certificate };
  const before: KnownPeer = {
    name: perchBefore,
    start: (port) => perch(folder, port, upstreamPort, { certificate, checkout: against }),
  };
  return [
    { name: perchHere, start: (port) => perch(folder, port, upstreamPort, secure) },
    ...(against === undefined || !hasTls(against) ? [] : [before]),
    { name: 'nginx', start: (port) => nginx(folder, port, secure), needs: 'nginx' },
    { name: 'haproxy', start: (port) => haproxy(folder, port, secure), needs: 'haproxy' },
    { name: 'node:http2', start: (port) => nodeHttp2(port, secure), onlyHttp2: true },
  ];
}

/** True if a checkout of Perch can end TLS. */
function hasTls(checkout: string): boolean {
  return existsSync(join(checkout, 'runtime/proxy/tls'));
}

/** Makes a certificate for one run. */
export function benchCertificate(folder: string): BenchCertificate {
  const { chainPem, privateKeyPem } = testCertificate({ hosts: ['bench.test'] });
  const file = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  return {
    chain: file('chain.pem', chainPem),
    privateKey: file('key.pem', privateKeyPem),
    both: file('both.pem', chainPem + privateKeyPem),
  };
}

export function webSocketUpstream(port: number): PinnedProcess {
  const file = join(import.meta.dirname, 'web-socket-upstream.ts');
  return new PinnedProcess(others, [process.execPath, file, String(port)]);
}

export function perch(
  folder: string,
  port: number,
  upstreamPort: number,
  {
    workers = 1,
    cores = measured,
    checkout = root,
    certificate,
  }: {
    workers?: number;
    cores?: string;
    checkout?: string | undefined;
    certificate?: BenchCertificate;
  } = {},
): PinnedProcess {
  const document = join(folder, `release-${port}.json`);
  const release = {
    ...initialDocument('bench'),
    generation: 1,
    members: [onlyMember(upstreamPort)],
  };
  writeFileSync(document, JSON.stringify(release));
  const listen =
    certificate === undefined
      ? `--listen 127.0.0.1:${port}`
      : `--listen 127.0.0.1:0 --tls-listen 127.0.0.1:${port} --tls certificate ` +
        `--certificate ${certificate.chain} --private-key ${certificate.privateKey}`;
  const options = `${listen} --admin 127.0.0.1:0 --workers ${workers} --health-path /`;
  return new PinnedProcess(cores, [
    process.execPath,
    join(checkout, 'runtime/bin/perch.ts'),
    'proxy',
    ...options.split(' '),
    '--document',
    document,
  ]);
}

/** Entry of the upstream in a release document. */
export function onlyMember(upstreamPort: number): Member {
  const url = `http://127.0.0.1:${upstreamPort}`;
  return { id: 'one', track: 'stable', url, version: '1', host: 'here', state: 'active' };
}

function haproxy(
  folder: string,
  port: number,
  { upstreamPort, certificate }: SecureOptions,
): PinnedProcess {
  const file = join(folder, `haproxy-${port}.cfg`);
  writeFileSync(
    file,
    `global
  nbthread 1
  maxconn 8192
defaults
  mode http
  timeout connect 3s
  timeout client 60s
  timeout server 60s
  timeout tunnel 1h
  http-reuse always
frontend front
  bind 127.0.0.1:${port}${certificate === undefined ? '' : ` ssl crt ${certificate.both} alpn h2,http/1.1`}
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header Via "1.1 haproxy"
  default_backend one
backend one
  server one 127.0.0.1:${upstreamPort}
`,
  );
  return new PinnedProcess(measured, ['haproxy', '-db', '-f', file]);
}

function nodeHttp2(
  port: number,
  { upstreamPort, certificate }: Required<SecureOptions>,
): PinnedProcess {
  const { chain, privateKey } = certificate;
  const file = join(import.meta.dirname, 'node-http2-forwarder.ts');
  const words = [String(port), String(upstreamPort), chain, privateKey];
  return new PinnedProcess(measured, [process.execPath, file, ...words]);
}

function nodeHttp(port: number, upstreamPort: number): PinnedProcess {
  const file = join(import.meta.dirname, 'node-http-forwarder.ts');
  return new PinnedProcess(measured, [process.execPath, file, String(port), String(upstreamPort)]);
}
