import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReleaseDocument } from '../../../../runtime/core/release/release-document.ts';
import { DocumentFile } from '../../../support/document-file.ts';
import { MemberServer } from '../../../support/processes/member-server.ts';
import { startProxy, type ProxyProcess } from '../../../support/processes/proxy-process.ts';
import { releaseDocument } from '../../../support/release-document.ts';
import { testCertificate, type TestCertificate } from '../../../support/tls/certificate.ts';

/** A certificate with its key in two files. */
export class CertificateFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(certificate: TestCertificate): Promise<CertificateFolder> {
    const folder = new CertificateFolder(await mkdtemp(join(tmpdir(), 'perch-certificate-')));
    await folder.write(certificate);
    return folder;
  }

  get chain(): string {
    return join(this.path, 'chain.pem');
  }

  get privateKey(): string {
    return join(this.path, 'key.pem');
  }

  get options(): string[] {
    return ['--tls', 'certificate', '--certificate', this.chain, '--private-key', this.privateKey];
  }

  async write({ chainPem, privateKeyPem }: TestCertificate): Promise<void> {
    await writeFile(this.chain, chainPem);
    await writeFile(this.privateKey, privateKeyPem, { mode: 0o600 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true });
  }
}

export interface TlsProxy extends AsyncDisposable {
  readonly proxy: ProxyProcess;
  readonly member: MemberServer;
  readonly certificate: TestCertificate;
  readonly folder: CertificateFolder;
}

export interface TlsProxyOptions {
  readonly args?: readonly string[];
  readonly document?: Partial<ReleaseDocument>;
  readonly hosts?: readonly string[];
  /** End of the certificate, milliseconds since the epoch. Default: in the future. */
  readonly notAfterMs?: number;
}

/** `perch proxy` with https for `a.test`, or for `hosts`, in front of one member. */
export async function startTlsProxy(options: TlsProxyOptions = {}): Promise<TlsProxy> {
  const { args = [], document = {}, hosts = ['a.test'], notAfterMs } = options;
  await using stack = new AsyncDisposableStack();
  const certificate = testCertificate({ hosts, ...(notAfterMs !== undefined && { notAfterMs }) });
  const folder = stack.use(await CertificateFolder.create(certificate));
  const member = stack.use(await MemberServer.start('stable-1'));
  const release = releaseDocument({ members: [member.entry()], ...document });
  const file = stack.use(await DocumentFile.create(release));
  const proxy = stack.use(
    await startProxy({
      args: [
        ...`--document ${file.path} --workers 1 --tls-listen 127.0.0.1:0`.split(' '),
        ...folder.options,
        ...args,
      ],
    }),
  );
  const started = stack.move();
  return {
    proxy,
    member,
    certificate,
    folder,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}
