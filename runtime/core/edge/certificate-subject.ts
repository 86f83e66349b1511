const own = 'own:';

/** Subject of incidents about the own certificate of a service; no host name can be it. */
export function ownCertificateSubject(service: string): string {
  return own + service;
}

/** Service whose own certificate a subject names; undefined for another subject. */
export function ownerOfSubject(subject: string): string | undefined {
  return subject.startsWith(own) ? subject.slice(own.length) : undefined;
}
