import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measured, others, PinnedProcess } from './process.ts';

/** Files of the certificate that all peers present. */
export interface BenchCertificate {
  readonly chain: string;
  readonly privateKey: string;
  /** Both in one file. */
  readonly both: string;
}

export interface SecureOptions {
  readonly upstreamPort: number;
  readonly certificate?: BenchCertificate;
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
  options: SecureOptions,
  hosts: readonly string[] = ['_'],
): PinnedProcess {
  const file = nginxProxyFile(folder, port, { ...options, hosts });
  return new PinnedProcess(measured, ['nginx', '-c', file]);
}

export interface NginxProxyOptions extends SecureOptions {
  readonly hosts: readonly string[];
  /** Default: 1. */
  readonly workers?: number;
}

/** Writes the configuration of an nginx that forwards all requests to one upstream. */
export function nginxProxyFile(
  folder: string,
  port: number,
  { upstreamPort, certificate, hosts, workers = 1 }: NginxProxyOptions,
): string {
  return nginxFile(
    folder,
    `nginx-${port}`,
    `map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
     upstream one { server 127.0.0.1:${upstreamPort}; keepalive 256; keepalive_requests 1000000000; }
     ${hosts.map((host, index) => nginxServer(host, listenOptions(port, index, certificate))).join('\n')}`,
    workers,
  );
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

function nginxFile(folder: string, name: string, servers: string, workers = 1): string {
  const own = join(folder, name);
  mkdirSync(own, { recursive: true });
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const temporary = paths.map((path) => `${path}_temp_path ${own}/${path};`).join(' ');
  const file = join(own, 'nginx.conf');
  writeFileSync(
    file,
    `daemon off; worker_processes ${workers}; pid ${own}/pid; error_log ${own}/error.log;
     events { worker_connections 8192; }
     http { access_log off; ${temporary} keepalive_requests 1000000000; sendfile on;
       ${servers} }`,
  );
  return file;
}
