const own = 'own:';
const files = 'files:';

/** Subject of incidents about the own certificate of a service; no host name can be it. */
export function ownCertificateSubject(service: string): string {
  return own + service;
}

/** Service whose own certificate a subject names; undefined for another subject. */
export function ownerOfSubject(subject: string): string | undefined {
  return subject.startsWith(own) ? subject.slice(own.length) : undefined;
}

/** Subject of incidents about the certificate that the proxies of a host read from files. */
export function fileCertificateSubject(host: string): string {
  return files + host;
}

/** Host whose proxies read the certificate that a subject names; undefined for another subject. */
export function hostOfFileSubject(subject: string): string | undefined {
  return subject.startsWith(files) ? subject.slice(files.length) : undefined;
}
