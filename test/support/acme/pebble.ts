import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../rehearsal/loopback.ts';
import { testCertificate } from '../tls/certificate.ts';
import { whyNoProgram } from '../skip.ts';
import { until } from '../until.ts';

/** Reason why tests that need an authority cannot run here. Undefined: they can. */
export function whyNoPebble(): string | undefined {
  return whyNoProgram('pebble', 'pebble-challtestsrv');
}

export interface PebbleOptions {
  /** Lifetime of certificates, seconds. Default 90 days. */
  readonly validitySeconds?: number;
  /** Names that it refuses to certify. */
  readonly blocked?: readonly string[];
  readonly requiresBinding?: boolean;
  /** Percent of requests that it answers with `badNonce`. Default 0. */
  readonly badNoncePercent?: number;
  /** Port at which it looks for answers to challenges. Default: a free one. */
  readonly challengePort?: number;
}

/** A real authority, Pebble, whose DNS has 127.0.0.1 for every name. */
export class Pebble implements AsyncDisposable {
  /** Port at which it looks for answers to challenges. */
  readonly challengePort: number;
  /** File with the certificate of its API, and with its private key. */
  readonly caFile: string;
  readonly keyFile: string;
  readonly port: number;
  readonly dnsPort: number;
  readonly #folder: string;
  readonly #options: PebbleOptions;
  readonly #managementPort: number;
  readonly #dnsManagementPort: number;
  #process: ChildProcess | undefined;
  #dns: ChildProcess | undefined;
  #log = '';

  private constructor(folder: string, options: PebbleOptions, ports: readonly number[]) {
    const [port = 0, managementPort = 0, dnsPort = 0, dnsManagementPort = 0, spare = 0] = ports;
    this.#folder = folder;
    this.#options = options;
    this.port = port;
    this.#managementPort = managementPort;
    this.dnsPort = dnsPort;
    this.#dnsManagementPort = dnsManagementPort;
    this.challengePort = options.challengePort ?? spare;
    this.caFile = join(folder, 'cert.pem');
    this.keyFile = join(folder, 'key.pem');
  }

  static async start(options: PebbleOptions = {}): Promise<Pebble> {
    const folder = await mkdtemp(join(tmpdir(), 'perch-pebble-'));
    const ports: number[] = [];
    for (let count = 0; count < 5; count += 1) ports.push(await freePort());
    const pebble = new Pebble(folder, options, ports);
    await makeCertificate(folder);
    try {
      await pebble.#startDns();
      await pebble.start();
      return pebble;
    } catch (error) {
      await pebble[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** PEM with which clients check the certificate of its API. */
  get caCertificate(): string {
    return readFileSync(this.caFile, 'utf8');
  }

  get directoryUrl(): string {
    return `https://localhost:${this.port}/dir`;
  }

  /** Everything that it has logged. */
  get log(): string {
    return this.#log;
  }

  /** Number of orders that it has taken. */
  get orders(): number {
    return this.#count('Added order');
  }

  /** Number of accounts that it has made. */
  get accounts(): number {
    return this.#count('accounts in memory');
  }

  async start(): Promise<void> {
    const { validitySeconds = 7_776_000, blocked = [], requiresBinding = false } = this.#options;
    const config = {
      pebble: {
        listenAddress: `127.0.0.1:${this.port}`,
        managementListenAddress: `127.0.0.1:${this.#managementPort}`,
        certificate: this.caFile,
        privateKey: this.keyFile,
        httpPort: this.challengePort,
        tlsPort: 1,
        externalAccountBindingRequired: requiresBinding,
        domainBlocklist: blocked,
        keyAlgorithm: 'ecdsa',
        profiles: { default: { description: 'default', validityPeriod: validitySeconds } },
      },
    };
    const file = join(this.#folder, 'pebble.json');
    await writeFile(file, JSON.stringify(config));
    const dns = `127.0.0.1:${this.dnsPort}`;
    const child = spawn('pebble', ['-config', file, '-dnsserver', dns], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        PEBBLE_VA_NOSLEEP: '1',
        PEBBLE_WFE_NONCEREJECT: String(this.#options.badNoncePercent ?? 0),
        PEBBLE_AUTHZREUSE: '0',
      },
    });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.#log += text));
    }
    await until(
      () => {
        if (child.exitCode !== null) throw new Error(`pebble ended:\n${this.#log}`);
        return this.#get(this.port, '/dir').then(
          () => true,
          () => false,
        );
      },
      { what: 'pebble to answer' },
    );
  }

  /** Stops it; its accounts and orders are lost. */
  async stop(): Promise<void> {
    await end(this.#process);
  }

  /** Certificate of the authority itself, PEM, with which clients check what it issues. */
  async root(): Promise<string> {
    return await this.#get(this.#managementPort, '/roots/0');
  }

  /** Makes DNS have this address for the name. */
  async pointTo(host: string, address: string): Promise<void> {
    await this.#manageDns('clear-a', { host: `${host}.` });
    await this.#manageDns('add-a', { host: `${host}.`, addresses: [address] });
  }

  /** Makes DNS have no address for the name. */
  async pointNowhere(host: string): Promise<void> {
    await this.#manageDns('set-servfail', { host: `${host}.` });
  }

  /** Sets the window that the authority suggests for a certificate (PEM). */
  async suggestRenewal(chainPem: string, window: { start: Date; end: Date }): Promise<void> {
    const { start, end } = window;
    const answer = { suggestedWindow: { start: start.toISOString(), end: end.toISOString() } };
    const body = { certificate: chainPem, ariResponse: JSON.stringify(answer) };
    await this.#send(this.#managementPort, '/set-renewal-info/', JSON.stringify(body));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([end(this.#process), end(this.#dns)]);
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #startDns(): Promise<void> {
    const off = ['-doh', '', '-http01', '', '-https01', '', '-tlsalpn01', ''];
    const management = `127.0.0.1:${this.#dnsManagementPort}`;
    const dns = ['-dnsserver', `127.0.0.1:${this.dnsPort}`, '-defaultIPv6', ''];
    this.#dns = spawn('pebble-challtestsrv', [...off, ...dns, '-management', management], {
      stdio: 'ignore',
    });
    await until(
      () =>
        this.#manageDns('clear-a', { host: 'none.' }).then(
          () => true,
          () => false,
        ),
      {
        what: 'pebble-challtestsrv to answer',
      },
    );
  }

  async #manageDns(action: string, body: object): Promise<void> {
    const url = `http://127.0.0.1:${this.#dnsManagementPort}/${action}`;
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${action}: ${response.status}`);
  }

  #count(text: string): number {
    return this.#log.split(text).length - 1;
  }

  async #get(port: number, path: string): Promise<string> {
    return await this.#send(port, path);
  }

  async #send(port: number, path: string, body?: string): Promise<string> {
    const ca = await readFile(this.caFile);
    const sent = request({
      host: 'localhost',
      port,
      path,
      ca,
      agent: false,
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'user-agent': 'perch-test' },
    });
    const responded = once(sent, 'response');
    sent.end(body);
    const [response] = (await responded) as [IncomingMessage];
    const text = Buffer.concat(await response.toArray()).toString();
    if ((response.statusCode ?? 500) < 400) return text;
    throw new Error(`${path}: ${response.statusCode} ${text}`);
  }
}

async function makeCertificate(folder: string): Promise<void> {
  const { chainPem, privateKeyPem } = testCertificate({ hosts: ['localhost'], isAuthority: true });
  await writeFile(join(folder, 'cert.pem'), chainPem);
  await writeFile(join(folder, 'key.pem'), privateKeyPem);
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
