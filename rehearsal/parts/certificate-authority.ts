import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { freePort, loopback } from '../loopback.ts';
import type { ProcessSupervisor } from '../processes/process-supervisor.ts';
import { until } from '../until.ts';

const version = 'v2.10.1';
const programs = ['pebble', 'pebble-challtestsrv', 'openssl'] as const;

/** Host name of the rehearsal by https. Browsers and curl resolve it to loopback by themselves. */
export const tlsHost = 'rehearsal.localhost';

/**
 * Checks that the programs of an authority are there.
 * @param path search path, as in PATH.
 * @throws PerchError `unsupported` that says how to get them.
 */
export function requireAuthority(path: string): void {
  const env = { ...process.env, PATH: path };
  const missing = programs.filter((name) => spawnSync('which', [name], { env }).status !== 0);
  if (missing.length === 0) return;
  const module = 'github.com/letsencrypt/pebble/v2/cmd';
  throw new PerchError(
    'unsupported',
    `--tls needs ${missing.join(' and ')} on PATH. With Go, get Pebble, an authority for tests, by ` +
      `"go install ${module}/pebble@${version} ${module}/pebble-challtestsrv@${version}", ` +
      'and add "$(go env GOPATH)/bin" to PATH',
  );
}

/** Authority of the rehearsal, Pebble, with a DNS that has loopback for every name. */
export class CertificateAuthority {
  readonly directoryUrl: string;
  /** File with its own certificate, with which clients check what it issues. */
  readonly rootFile: string;
  /** File with the certificate of its API. */
  readonly #caFile: string;
  readonly #managementPort: number;

  private constructor(
    folder: string,
    ports: { readonly api: number; readonly management: number },
  ) {
    this.directoryUrl = `https://localhost:${ports.api}/dir`;
    this.#caFile = join(folder, 'api.pem');
    this.rootFile = join(folder, 'root.pem');
    this.#managementPort = ports.management;
  }

  /** @param challengePort port of the proxy at which it looks for answers to its challenges. */
  static async start(
    supervisor: ProcessSupervisor,
    parentFolder: string,
    challengePort: number,
  ): Promise<CertificateAuthority> {
    const folder = join(parentFolder, 'authority');
    await mkdir(folder, { mode: 0o700 });
    const ports = { api: await freePort(), management: await freePort() };
    const authority = new CertificateAuthority(folder, ports);
    await authority.#makeCertificate(supervisor, folder);
    const dns = `${loopback}:${await freePort()}`;
    const none = ['-doh', '', '-http01', '', '-https01', '', '-tlsalpn01', '', '-management', ''];
    await supervisor.start({
      name: 'authority-dns',
      command: 'pebble-challtestsrv',
      args: [...none, '-dnsserver', dns, '-defaultIPv4', loopback, '-defaultIPv6', ''],
    });
    const config = join(folder, 'pebble.json');
    await writeFile(config, JSON.stringify(authority.#config(folder, ports.api, challengePort)));
    await supervisor.start({
      name: 'authority',
      command: 'pebble',
      args: ['-config', config, '-dnsserver', dns],
      env: { PEBBLE_VA_NOSLEEP: '1' },
    });
    await until('the authority to start', () => authority.#saveRoot());
    return authority;
  }

  /** PEM with which clients check the certificate of its API. */
  get caCertificate(): string {
    return readFileSync(this.#caFile, 'utf8');
  }

  /** Certificate with which clients check what it issues, PEM. */
  async root(): Promise<Buffer> {
    return await readFile(this.rootFile);
  }

  /** Waits until a port presents a certificate of this authority for a host name. */
  async untilIssued(port: number, hostName: string): Promise<void> {
    const ca = await this.root();
    await until(`a certificate for ${hostName}`, () => {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const socket = connect({ host: loopback, port, servername: hostName, ca }, () =>
        resolve(true),
      );
      socket.on('error', () => resolve(false));
      return promise.finally(() => socket.destroy());
    });
  }

  #config(folder: string, apiPort: number, challengePort: number): object {
    return {
      pebble: {
        listenAddress: `${loopback}:${apiPort}`,
        managementListenAddress: `${loopback}:${this.#managementPort}`,
        certificate: this.#caFile,
        privateKey: join(folder, 'api-key.pem'),
        httpPort: challengePort,
        tlsPort: 1,
        keyAlgorithm: 'ecdsa',
        profiles: { default: { description: 'default', validityPeriod: 7_776_000 } },
      },
    };
  }

  async #makeCertificate(supervisor: ProcessSupervisor, folder: string): Promise<void> {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const files = ['-keyout', join(folder, 'api-key.pem'), '-out', this.#caFile];
    await supervisor.run({
      name: 'authority-certificate',
      command: 'openssl',
      args: ['req', '-x509', '-days', '7', ...key, ...name, ...files],
    });
  }

  /** @returns false while it does not answer. */
  async #saveRoot(): Promise<boolean> {
    const ca = await readFile(this.#caFile);
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const headers = { 'user-agent': 'perch-rehearsal' };
    get(`https://localhost:${this.#managementPort}/roots/0`, { ca, headers }, (response) => {
      response
        .toArray()
        .then((parts) => resolve(Buffer.concat(parts).toString()))
        .catch(() => resolve(undefined));
    }).on('error', () => resolve(undefined));
    const root = await promise;
    if (root === undefined) return false;
    await writeFile(this.rootFile, root);
    return true;
  }
}
