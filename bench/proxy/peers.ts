import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { initialDocument, type Member } from '../../runtime/core/release/release-document.ts';
import { testCertificate } from '../../test/support/tls/certificate.ts';
import { isInstalled, PinnedProcess } from './process.ts';

/** Names of Perch as it is in this checkout, and of another checkout of Perch. */
export const perchHere = 'perch';
export const perchBefore = 'perch before';

/** One of the proxies that are compared. */
export interface ProxyPeer {
  readonly name: string;
  readonly port: number;
  readonly start: () => PinnedProcess;
}

const root = join(import.meta.dirname, '../..');

/** Core of the proxy that is measured; everything else has the other one. */
export const measured = '0';
export const others = '1';

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

/** Files of the certificate that all peers present. */
export interface BenchCertificate {
  readonly chain: string;
  readonly privateKey: string;
  /** Both in one file. */
  readonly both: string;
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
    return securePeers({ folder, upstreamPort, certificate }).flatMap(({ name, start }, index) => {
      const port = firstPort + index;
      const isWanted = (only.length === 0 || only.includes(name)) && isInstalled(name);
      return isWanted || name === perchHere ? [{ name, port, start: () => start(port) }] : [];
    });
  }
  const known: { name: string; start: (port: number) => PinnedProcess; needs?: string }[] = [
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

interface SecureOptions {
  readonly upstreamPort: number;
  readonly certificate?: BenchCertificate;
}

/** Returns the proxies that end TLS. Perch listens without it as well, on a port of its own choice. */
function securePeers({
  folder,
  upstreamPort,
  certificate,
}: Required<SecureOptions> & { folder: string }) {
  const secure = { upstreamPort, certificate };
  return [
    { name: perchHere, start: (port: number) => perch(folder, port, upstreamPort, secure) },
    { name: 'nginx', start: (port: number) => nginx(folder, port, secure) },
    { name: 'haproxy', start: (port: number) => haproxy(folder, port, secure) },
  ];
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

/** Starts an upstream that costs little: nginx serving from memory and page cache. */
export function httpUpstream(folder: string, port: number): PinnedProcess {
  const content = join(folder, 'content');
  mkdirSync(content, { recursive: true });
  // nginx started by root reads as nobody.
  chmodSync(folder, 0o755);
  writeFileSync(join(content, '16k'), Buffer.alloc(16_384, 'a'));
  writeFileSync(join(content, '1m'), Buffer.alloc(1_048_576, 'a'));
  const file = nginxFile(
    folder,
    'upstream',
    `server { listen 127.0.0.1:${port} backlog=4096; client_max_body_size 16m; root ${content};
       location = / { default_type text/plain; return 200 "hello from the upstream\\n"; }
       client_body_buffer_size 2m;
       location = /upload { proxy_pass http://127.0.0.1:${port}/empty; proxy_http_version 1.1;
         proxy_pass_request_body off; proxy_set_header Content-Length ""; proxy_method GET; }
       location = /empty { return 204; } }`,
  );
  return new PinnedProcess(others, ['nginx', '-c', file]);
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
    checkout?: string;
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

/** Options of nginx for the suites and sessions that Perch has (Mozilla's intermediate list). */
function nginxTls({ chain, privateKey }: BenchCertificate): string {
  const suites = ['AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'CHACHA20-POLY1305'];
  const ciphers = suites.flatMap((suite) => [`ECDHE-ECDSA-${suite}`, `ECDHE-RSA-${suite}`]);
  return `ssl_certificate ${chain}; ssl_certificate_key ${privateKey};
    ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers ${ciphers.join(':')}; ssl_prefer_server_ciphers off;
    ssl_session_timeout 1d; ssl_session_cache shared:sessions:10m; ssl_session_tickets on;`;
}

/** @param hosts each gets a server of its own. Default: one server for all. */
export function nginx(
  folder: string,
  port: number,
  { upstreamPort, certificate }: SecureOptions,
  hosts: readonly string[] = ['_'],
): PinnedProcess {
  const file = nginxFile(
    folder,
    `nginx-${port}`,
    `map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
     upstream one { server 127.0.0.1:${upstreamPort}; keepalive 256; keepalive_requests 1000000000; }
     ${hosts.map((host, index) => nginxServer(host, listenOptions(port, index, certificate))).join('\n')}`,
  );
  return new PinnedProcess(measured, ['nginx', '-c', file]);
}

/** Options of an address may stand at its first server only. */
function listenOptions(port: number, index: number, certificate?: BenchCertificate): string {
  const secure = certificate === undefined ? '' : ' ssl http2';
  const options = index === 0 ? ' backlog=4096' : '';
  return `${port}${secure}${options}; ${certificate === undefined ? '' : nginxTls(certificate)}`;
}

function nginxServer(host: string, listen: string): string {
  return `server { listen 127.0.0.1:${listen} server_name ${host};
       client_max_body_size 16m; proxy_http_version 1.1; proxy_request_buffering off;
       proxy_set_header Host $http_host; proxy_set_header Via "1.1 nginx";
       proxy_set_header Connection $connection_upgrade; proxy_set_header Upgrade $http_upgrade;
       proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto $scheme;
       proxy_set_header X-Forwarded-Host $http_host;
       location / { proxy_pass http://one; } }`;
}

function nginxFile(folder: string, name: string, servers: string): string {
  const own = join(folder, name);
  mkdirSync(own, { recursive: true });
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const temporary = paths.map((path) => `${path}_temp_path ${own}/${path};`).join(' ');
  const file = join(own, 'nginx.conf');
  writeFileSync(
    file,
    `daemon off; worker_processes 1; pid ${own}/pid; error_log ${own}/error.log;
     events { worker_connections 8192; }
     http { access_log off; ${temporary} keepalive_requests 1000000000; sendfile on;
       ${servers} }`,
  );
  return file;
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

function nodeHttp(port: number, upstreamPort: number): PinnedProcess {
  const file = join(import.meta.dirname, 'node-http-forwarder.ts');
  return new PinnedProcess(measured, [process.execPath, file, String(port), String(upstreamPort)]);
}
