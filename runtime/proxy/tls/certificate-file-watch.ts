import { stat } from 'node:fs/promises';
import type { Logger } from 'pino';
import { FailureLog } from '../../store/local/failure-log.ts';
import { Periodic } from '../../store/local/periodic.ts';
import type { CertificateFiles } from '../settings/settings.ts';
import { readCertificateFiles } from './certificate-files.ts';
import type { Certificate } from '../../core/edge/certificate.ts';

export interface CertificateFileWatchOptions {
  readonly files: CertificateFiles;
  /** Names that the certificate must cover. */
  readonly hosts: readonly string[];
  /** Certificate that was read before, for a start at which the files hold no good one. */
  readonly last?: Certificate | undefined;
  readonly onCertificate: (certificate: Certificate) => void;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Interval of the checks for a change, milliseconds. Default 2,000. */
  readonly pollIntervalMs?: number;
}

/** Reads a certificate again when its files change. One that cannot be used leaves the old one. */
export class CertificateFileWatch {
  readonly #options: CertificateFileWatchOptions;
  readonly #failures: FailureLog;
  readonly #expiry: FailureLog;
  #current: Certificate | undefined;
  #periodic: Periodic | undefined;
  #stamp = '';
  /** Stamp of a change that could not be used once. */
  #suspect = '';
  #failedReads = 0;

  constructor(options: CertificateFileWatchOptions) {
    this.#options = options;
    this.#failures = new FailureLog(
      options.logger,
      'the renewed certificate cannot be used; the old one stays',
      { level: 'error' },
    );
    this.#expiry = new FailureLog(
      options.logger,
      'the certificate in files has expired; clients get another valid one if there is one',
      { level: 'error' },
    );
  }

  /** Certificate of the last good read. */
  get current(): Certificate | undefined {
    return this.#current;
  }

  /** Renewals that could not be used. */
  get failedReads(): number {
    return this.#failedReads;
  }

  /**
   * Takes a certificate that has expired too, unless a valid one was read before: a proxy that is
   * started again serves as it did before.
   * @throws PerchError `bad_input` if the first read fails, and none was read before.
   */
  async start(): Promise<void> {
    const { last, onCertificate, now } = this.#options;
    const stamp = await this.#newStamp();
    const hasValid = last !== undefined && last.notAfterMs > now();
    try {
      await this.#read(stamp, !hasValid);
    } catch (error) {
      if (last === undefined) throw error;
      this.#current = last;
      onCertificate(last);
      this.#failedTo(stamp, error);
    }
    this.#logExpiry();
    const { pollIntervalMs = 2_000 } = this.#options;
    this.#periodic = new Periodic(() => this.check(), pollIntervalMs);
  }

  async stop(): Promise<void> {
    await this.#periodic?.stop();
  }

  /** Reads the files again if they have changed. Never throws. */
  async check(): Promise<void> {
    this.#logExpiry();
    const stamp = await this.#newStamp();
    if (stamp === this.#stamp) return;
    try {
      await this.#read(stamp, false);
      this.#failures.ended();
      this.#options.logger.info('the certificate was read again');
    } catch (error) {
      const isFirst = stamp !== this.#suspect;
      this.#suspect = stamp;
      // The two files are rarely replaced at once, and between them the key does not match.
      if (isFirst) return;
      this.#failedTo(stamp, error);
    }
  }

  #failedTo(stamp: string, error: unknown): void {
    this.#stamp = stamp;
    this.#failedReads += 1;
    this.#failures.failed(error);
  }

  async #read(stamp: string, mayHaveExpired: boolean): Promise<void> {
    const { files, hosts, now, onCertificate } = this.#options;
    this.#current = await readCertificateFiles(files, { hosts, nowMs: now(), mayHaveExpired });
    onCertificate(this.#current);
    this.#stamp = stamp;
  }

  #logExpiry(): void {
    const { notAfterMs = Number.POSITIVE_INFINITY } = this.#current ?? {};
    if (notAfterMs > this.#options.now()) this.#expiry.ended();
    else this.#expiry.failed(`it ended at ${new Date(notAfterMs).toISOString()}`);
  }

  /** Changes with each change of a file. */
  async #newStamp(): Promise<string> {
    const { chain, privateKey } = this.#options.files;
    const stamps = [chain, privateKey].map(async (file) => {
      const { mtimeMs, size, ino } = await stat(file).catch(() => ({
        mtimeMs: 0,
        size: 0,
        ino: 0,
      }));
      return `${mtimeMs} ${size} ${ino}`;
    });
    return (await Promise.all(stamps)).join(' ');
  }
}
