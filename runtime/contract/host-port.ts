/**
 * Returns an address as URLs hold it: an IPv6 address in brackets (RFC 3986, section 3.2.2).
 * @param host a name or an IP address, with or without brackets.
 */
export function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

/** Returns HOST:PORT, with an IPv6 address in brackets. */
export function hostPort(host: string, port: number | string): string {
  return `${bracketed(host)}:${port}`;
}

/** Returns an address without the brackets that URLs put around IPv6. */
export function unbracketed(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}
