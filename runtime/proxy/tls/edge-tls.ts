import { hostNameOf } from '../../contract/host-name.ts';
import {
  presentedCertificates,
  type HeldCertificate,
} from '../../core/edge/presented-certificates.ts';
import type { StoredRoute } from '../../core/edge/route.ts';
import { RouteTable, type RoutedRequest } from '../../core/edge/route-table.ts';
import type { ProxySettings } from '../settings/settings.ts';
import type { EdgeHosts } from './edge-hosts.ts';
import type { TlsFront } from './tls-front.ts';

export interface EdgeTlsOptions {
  readonly settings: Pick<ProxySettings, 'hosts' | 'tls' | 'hstsSeconds'>;
  readonly front: Pick<TlsFront, 'present' | 'covers' | 'isOwn' | 'contextFor'>;
  /** Returns the registered routes. */
  readonly routes: () => readonly StoredRoute[];
}

/**
 * TLS of all services: which certificates the proxy presents, and what it does by https only. A host
 * that no service registered goes by the options of the proxy.
 */
export class EdgeTls implements EdgeHosts {
  readonly #options: EdgeTlsOptions;
  #held: readonly HeldCertificate[] = [];
  #routes: readonly StoredRoute[] = [];
  #table = new RouteTable<StoredRoute>();
  #sendsHsts: boolean;

  constructor(options: EdgeTlsOptions) {
    this.#options = options;
    this.#sendsHsts = options.settings.hstsSeconds !== undefined;
  }

  /** Host names of all services that need a certificate by ACME. */
  get acmeHosts(): readonly string[] {
    const { settings, routes } = this.#options;
    const registered = routes().filter(({ tls }) => tls === 'acme');
    const own = settings.tls === 'acme' ? settings.hosts : [];
    return [...new Set([...own, ...registered.flatMap(({ hosts }) => hosts)])];
  }

  /** Presents the certificates that Redis holds, instead of those before. */
  hold(held: readonly HeldCertificate[]): void {
    this.#held = held;
    this.#present();
  }

  /** Goes by the routes as they are now. */
  refresh(): void {
    const { settings, routes } = this.#options;
    const current = routes();
    if (current === this.#routes) return;
    this.#routes = current;
    this.#table = new RouteTable(current.map((route) => ({ ...route, value: route })));
    this.#sendsHsts = [settings, ...current].some(({ hstsSeconds }) => hstsSeconds !== undefined);
    this.#present();
  }

  isRedirected(request: RoutedRequest): boolean {
    const { front, settings } = this.#options;
    if (request.host === undefined) return false;
    const found = this.#table.find(request);
    if (found === 'path-unknown') return false;
    const host = hostNameOf(request.host);
    const isSecure =
      found === 'host-unknown'
        ? settings.tls !== 'none' && front.isOwn(host)
        : found.tls === 'acme' || found.tls === 'certificate';
    // Without a certificate nobody would answer there.
    return isSecure && front.covers(host);
  }

  hstsSeconds(request: RoutedRequest): number | undefined {
    if (!this.#sendsHsts || request.host === undefined) return undefined;
    const found = this.#table.find(request);
    if (typeof found !== 'string') return found.hstsSeconds;
    const { front, settings } = this.#options;
    const isOwn = found === 'host-unknown' && front.isOwn(hostNameOf(request.host));
    return isOwn ? settings.hstsSeconds : undefined;
  }

  isCovered(host: string, serverName: string): boolean {
    if (host === serverName) return true;
    const { front } = this.#options;
    const name = hostNameOf(host);
    if (name === serverName.toLowerCase()) return true;
    // An open connection goes on with a certificate that was replaced by one with the same names.
    const context = front.covers(name) ? front.contextFor(name) : undefined;
    return context !== undefined && context === front.contextFor(serverName);
  }

  #present(): void {
    const names = { routes: this.#routes, acmeHosts: this.acmeHosts };
    this.#options.front.present('redis', presentedCertificates(this.#held, names));
  }
}
