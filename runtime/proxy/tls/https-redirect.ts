import { challengePath, httpPort, httpsPort } from '../../contract/edge.ts';
import { hostNameOf } from '../../contract/host-name.ts';
import { normalizedPath } from '../../core/edge/request-path.ts';
import type { Handler, Misdirected, Reply } from '../http/contract/handler.ts';
import { beginsWith } from '../http/message/char-codes.ts';
import type { RequestHead } from '../http/message/request-head.ts';
import type { EdgeHosts } from './edge-hosts.ts';

export interface HttpsRedirectOptions {
  /** Handles what is not answered here. */
  readonly next: Handler;
  readonly hosts: Pick<EdgeHosts, 'isRedirected' | 'isCovered'>;
  /** Returns the answer to an http-01 challenge (RFC 8555 section 8.3). Default: there is none. */
  readonly challengeAnswer?: ((token: string) => string | undefined) | undefined;
  /** Path of the load balancers' health check, which may know no https. */
  readonly healthPath: string;
  /** Returns the ports that the proxy itself listens on. */
  readonly ports: () => OwnPorts;
  /** Port of https that clients connect to. Default: see {@link clientPort}. */
  readonly publicPort?: number | undefined;
}

interface OwnPorts {
  readonly http: number;
  readonly https: number;
}

type Routed = ReturnType<Handler['route']>;

/**
 * Answers in front of the routing: challenges of an authority, and redirects from http to https. 308
 * keeps the method and the body (RFC 9110 section 15.4.9). Requests that came by https pass, also
 * those of a trusted proxy that ended TLS, unless they came by a connection whose certificate is for
 * other hosts. Challenges are answered by https too, because an authority follows the redirect of a
 * front (RFC 8555 section 8.3).
 */
export class HttpsRedirect implements Handler {
  readonly #options: HttpsRedirectOptions;

  constructor(options: HttpsRedirectOptions) {
    this.#options = options;
  }

  route(request: RequestHead): Routed {
    const { next, healthPath } = this.#options;
    const isChallenge =
      beginsWith(request.targetCodes, challengePath) && isChallengePath(request.target);
    const answer = isChallenge ? this.#challenge(request) : undefined;
    if (answer !== undefined) return answer;
    if (request.https) return this.#isMisdirected(request) ? misdirected : next.route(request);
    if (isChallenge || request.target === healthPath) return next.route(request);
    return this.#redirect(request) ?? next.route(request);
  }

  #challenge({ method, target }: RequestHead): Routed | undefined {
    if (method !== 'GET' && method !== 'HEAD') return undefined;
    const [path = ''] = target.split('?', 1);
    const body = this.#options.challengeAnswer?.(path.slice(challengePath.length));
    if (body === undefined) return undefined;
    const fields = ['Content-Type', 'application/octet-stream', 'Cache-Control', 'no-store'];
    return { reply: { status: 200, reason: 'OK', fields, body } };
  }

  /** RFC 9110 section 7.4. A health check of a load balancer may name the host as it likes. */
  #isMisdirected(request: RequestHead): boolean {
    const { serverName, host } = request;
    if (serverName === undefined || host === undefined) return false;
    const { hosts, healthPath } = this.#options;
    return !hosts.isCovered(host, serverName) && request.target !== healthPath;
  }

  #redirect(request: RequestHead): Routed | undefined {
    const { host, target } = request;
    const { hosts, ports, publicPort } = this.#options;
    if (host === undefined || !hosts.isRedirected(request)) return undefined;
    const name = hostNameOf(host);
    const port = publicPort ?? clientPort(host, ports());
    const authority = port === httpsPort ? name : `${name}:${port}`;
    return { reply: permanentRedirect(`https://${authority}${target === '*' ? '' : target}`) };
  }
}

/**
 * Port of https for a client that named `host` by http. One that named the proxy's own port reaches the
 * proxy itself. Any other port was published for it, or is one of a front: https is at its usual port.
 */
function clientPort(host: string, own: OwnPorts): number {
  const [, named = ''] = /:(\d*)$/.exec(host) ?? [];
  return (named === '' ? httpPort : Number(named)) === own.http ? own.https : httpsPort;
}

/** False if dot segments lead elsewhere. */
function isChallengePath(target: string): boolean {
  return normalizedPath(target).startsWith(challengePath);
}

/** The client is to use another connection, whose certificate covers the host. */
const misdirected: Misdirected = { refusal: 'certificate-unfit' };

function permanentRedirect(location: string): Reply {
  return {
    status: 308,
    reason: 'Permanent Redirect',
    fields: ['Location', location, 'Content-Type', 'text/plain; charset=utf-8'],
    body: 'This host answers by https only.\n',
  };
}
