import type { HandshakeResult } from '../../../../runtime/proxy/http/contract/tls.ts';
import { CertificateSet } from '../../../../runtime/proxy/tls/certificate-set.ts';
import { testCertificate, type TestCertificate } from '../../../support/tls/certificate.ts';
import {
  answering,
  ok,
  startGateway,
  type Gateway,
  type GatewayOptions,
} from '../../http/support/gateway.ts';

export interface TlsGateway extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly port: number;
  readonly certificates: CertificateSet;
  readonly certificate: TestCertificate;
  readonly handshakes: HandshakeResult[];
}

/** Engine with TLS for `a.test` and every name of `*.w.test`, in front of a member that answers. */
export async function startTlsGateway({
  alpn = ['http/1.1'],
  ...options
}: Partial<GatewayOptions> & { readonly alpn?: readonly string[] } = {}): Promise<TlsGateway> {
  const certificate = testCertificate({ hosts: ['a.test', '*.w.test'] });
  const certificates = new CertificateSet();
  certificates.replace([certificate]);
  const handshakes: HandshakeResult[] = [];
  const gateway = await startGateway({
    upstreams: [answering(ok)],
    tls: {
      alpn,
      contextFor: (name) => certificates.contextFor(name),
      onHello: (_name, read) => read(),
      onHandshake: (result) => handshakes.push(result),
    },
    ...options,
  });
  return {
    gateway,
    port: gateway.tlsPort,
    certificates,
    certificate,
    handshakes,
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}
