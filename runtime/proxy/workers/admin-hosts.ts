import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { unbracketed } from '../../contract/host-port.ts';

/** Ends of names that the public DNS never has (ICANN resolution 2024.07.29.06, RFC 6762, RFC 8375). */
const privateNames = /\.(internal|local|home\.arpa)$/;

/**
 * Answers 421 to requests whose `Host` could be a name of the public DNS. That stops DNS rebinding: a
 * foreign page whose name resolves to this machine sends its own name. An IP address, a name without
 * a dot, one of a private zone and this machine's own name are no such names.
 */
export function withoutForeignHosts(listener: RequestListener): RequestListener {
  return (request: IncomingMessage, response: ServerResponse & { req: IncomingMessage }) => {
    if (isOwnHost(request.headers.host)) {
      listener(request, response);
      return;
    }
    response.writeHead(421, { 'content-type': 'text/plain; charset=utf-8' });
    response.end('misdirected request: Host must be an IP address, localhost or this machine\n');
  };
}

function isOwnHost(host: string | undefined): boolean {
  if (host === undefined) return true;
  const name = unbracketed(host.replace(/:\d*$/, '')).toLowerCase();
  const isPrivate = !name.includes('.') || privateNames.test(name);
  return isIP(name) !== 0 || isPrivate || name === hostname().toLowerCase();
}
