import { join } from 'node:path';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { SecureContext } from 'node:tls';
import { SealingKeys } from '../../store/edge/sealing-keys.ts';
import { TicketKeyFile } from '../../store/edge/ticket-key-file.ts';
import { TicketKeyStore, type TicketKeySource } from '../../store/edge/ticket-key-store.ts';
import type { HandshakeResult, TlsTermination } from '../http/contract/tls.ts';
import type { ProxySettings } from '../settings/settings.ts';
import { CertificateFileWatch } from './certificate-file-watch.ts';
import { CertificateSet } from './certificate-set.ts';
import { TicketKeySync } from './ticket-key-sync.ts';
import { TicketKeys } from './ticket-keys.ts';
import type { Certificate } from '../../core/edge/certificate.ts';
import { isCovered } from '../../contract/certificate-chain.ts';

export interface TlsFrontOptions {
  readonly settings: ProxySettings;
  /** Undefined without Redis. */
  readonly redis: Redis | undefined;
  /** Certificate that is presented if the files hold no good one at the start. */
  readonly lastCertificate?: Certificate | undefined;
  /** Called with each certificate that was read from the files. */
  readonly onCertificate?: ((certificate: Certificate) => void) | undefined;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** TLS of one proxy: its certificates and where they come from, session tickets, and counts. */
export class TlsFront implements TlsTermination {
  readonly alpn: readonly string[] = ['h2', 'http/1.1'];
  readonly handshakes = new Map<HandshakeResult, number>();
  readonly #settings: ProxySettings;
  readonly #tickets: TicketKeys;
  readonly #certificates: CertificateSet;
  /** Certificates by their source. Those of the first source come first. */
  readonly #sources = new Map<string, readonly Certificate[]>();
  readonly #files: CertificateFileWatch | undefined;
  readonly #sync: TicketKeySync;

  constructor(options: TlsFrontOptions) {
    const { settings, redis, lastCertificate, onCertificate, logger, now } = options;
    this.#settings = settings;
    this.#tickets = new TicketKeys(now);
    this.#certificates = new CertificateSet((context, hosts) => {
      this.#tickets.attach(context, hosts);
    }, now);
    this.#files =
      settings.certificateFiles === undefined
        ? undefined
        : new CertificateFileWatch({
            files: settings.certificateFiles,
            hosts: settings.hosts,
            last: lastCertificate,
            onCertificate: (certificate) => {
              this.present('files', [certificate]);
              onCertificate?.(certificate);
            },
            logger,
            now,
          });
    this.#sync = new TicketKeySync({
      keys: this.#tickets,
      sources: ticketKeySources(settings, redis),
      logger,
      now,
    });
  }

  get certificates(): readonly Certificate[] {
    return this.#certificates.certificates;
  }

  /** Certificate of the files. */
  get fileCertificate(): Certificate | undefined {
    return this.#files?.current;
  }

  /** Renewed certificates in files that could not be used. */
  get failedReads(): number {
    return this.#files?.failedReads ?? 0;
  }

  /**
   * Presents the certificates of a source, in place of those that it had.
   * @throws Error of OpenSSL if one cannot be used; then nothing changes.
   */
  present(source: string, certificates: readonly Certificate[]): void {
    const sources = new Map(this.#sources).set(source, certificates);
    this.#certificates.replace([...sources.values()].flat());
    this.#sources.set(source, certificates);
  }

  contextFor(serverName: string | undefined): SecureContext | undefined {
    return this.#certificates.contextFor(serverName);
  }

  /** Reads a hello; a session that began with the certificate of other names is not resumed. */
  onHello(serverName: string | undefined, read: () => void): void {
    const mayOpen = (hosts: readonly string[]) => this.#certificates.mayResume(hosts, serverName);
    this.#tickets.opening(mayOpen, read);
  }

  onHandshake(result: HandshakeResult): void {
    this.handshakes.set(result, (this.handshakes.get(result) ?? 0) + 1);
  }

  /** True if a certificate covers the host. */
  covers(host: string): boolean {
    return this.#certificates.covers(host);
  }

  /** True for the hosts of the options; without any, for those of the certificates. */
  isOwn(host: string): boolean {
    const { hosts } = this.#settings;
    return hosts.length === 0 ? this.#certificates.covers(host) : isCovered(host, hosts);
  }

  /** @throws PerchError `bad_input` if the files hold no good certificate. */
  async start(): Promise<void> {
    await this.#files?.start();
    if (this.#settings.tlsListen !== undefined) await this.#sync.start();
  }

  async stop(): Promise<void> {
    await this.#files?.stop();
    await this.#sync.stop();
  }
}

/** Redis shares the keys with other proxies, the state folder with the workers of this one. */
function ticketKeySources(
  { document, stateDir, edgeKeys }: ProxySettings,
  redis: Redis | undefined,
): readonly TicketKeySource[] {
  const sources: TicketKeySource[] = [];
  if (redis !== undefined && document.kind === 'redis' && edgeKeys.length > 0) {
    sources.push(new TicketKeyStore(redis, document.service, new SealingKeys(edgeKeys)));
  }
  if (stateDir !== undefined) sources.push(new TicketKeyFile(join(stateDir, 'ticket-keys.json')));
  return sources;
}
