import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { remoteAddressOf, takeConnections } from './socket/accepted-connections.ts';
import type { TcpHandle } from './socket/tcp-handle.ts';
import { nobody, SocketIo, type ReadyConnection } from './socket/socket-io.ts';
import { DenseList } from './socket/dense-list.ts';
import { addressBlock } from './socket/address-block.ts';
import { ClientConnection } from './exchange/client-connection.ts';
import { Engine, type EngineOptions } from './exchange/engine.ts';
import { IdleConnections } from './exchange/idle-connections.ts';
import { TlsHandshake } from './exchange/tls-handshake.ts';
import { Http2Connection } from './h2/http2-connection.ts';
import { Http2Engine } from './h2/http2-engine.ts';
import type { TlsTermination } from './contract/tls.ts';
import type { ServerStats } from './exchange/server-stats.ts';
import type { Handler, Upstream } from './contract/handler.ts';
import { httpDate } from './message/http-date.ts';
import { defaultLimits, type Limits } from './contract/limits.ts';
import { TrustedProxies, type ForwardingPeer } from './forwarding/peer.ts';
import { refusalResponse, type RefusalCause } from './message/refusal.ts';

export interface HttpServerOptions {
  readonly handler: Handler;
  readonly limits?: Partial<Limits>;
  /** Name of the server in Via. Default `perch`. */
  readonly pseudonym?: string;
  /** Proxies whose claims about clients are trusted: IP addresses and CIDR ranges. Default none. */
  readonly trustedProxies?: readonly string[];
  /** Lower-case names of request fields that the handler reads and that are not forwarded. */
  readonly privateRequestFields?: readonly string[];
  /** Returns the max-age of Strict-Transport-Security for a host. Default: it is not sent. */
  readonly hstsSeconds?: EngineOptions['hstsSeconds'];
  /** Default: nobody observes requests. */
  readonly observer?: EngineOptions['observer'];
  /** Called for every request that the server itself answers or cuts off. */
  readonly onRefusal?: (cause: RefusalCause, remoteAddress: string) => void;
}

export interface ListenOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** True if several processes may listen on the port and share its connections. Default false. */
  readonly reusePort?: boolean;
  /** Set for https. */
  readonly tls?: TlsTermination | undefined;
  /** True if clients begin with HTTP/2 without TLS; for tests. Default false. */
  readonly http2?: boolean;
}

interface SocketOptions extends ListenOptions {
  readonly ipv6Only?: boolean;
}

/** Connection that the server has accepted: one that serves requests, or one before them. */
type OpenConnection = ClientConnection | Http2Connection | TlsHandshake;

/** Client of a connection. */
interface Client {
  readonly peer: ForwardingPeer;
  /** Block of addresses that its connections are counted by. */
  readonly block: string;
}

const everyAddress = '::';
const backlog = 4_096;
/**
 * Number of sockets of one server that listen on a shared port. Node accepts one connection of each
 * in a turn of its event loop, and a turn is long while a thousand connections are busy.
 */
const listenersOfShared = 16;

/** Strict forwarder of HTTP/1.1 and HTTP/2 (RFC 9110, RFC 9112, RFC 9113). Its handler decides which upstream gets what. */
export class HttpServer {
  /** Limit of connections. Those that are open stay when it falls. */
  mostConnections: number;
  readonly #engine: Engine;
  readonly #http2: Http2Engine;
  readonly #trusted: TrustedProxies;
  readonly #listeners: Server[] = [];
  readonly #connections = new DenseList<OpenConnection>(({ inServer }) => inServer);
  readonly #drained = Promise.withResolvers<void>();
  readonly #idle: IdleConnections<OpenConnection>;
  /** Number of open connections of each block of addresses. */
  readonly #perBlock = new Map<string, number>();

  constructor(options: HttpServerOptions) {
    this.#trusted = new TrustedProxies(options.trustedProxies ?? []);
    this.#engine = new Engine({
      handler: options.handler,
      limits: { ...defaultLimits, ...options.limits },
      pseudonym: options.pseudonym ?? 'perch',
      privateRequestFields: options.privateRequestFields ?? [],
      onRefusal: options.onRefusal ?? (() => {}),
      hstsSeconds: options.hstsSeconds,
      observer: options.observer,
    });
    this.mostConnections = this.#engine.limits.connections;
    this.#http2 = new Http2Engine(this.#engine);
    this.#idle = new IdleConnections(this.#engine.clock, () => this.#connections.toArray());
  }

  get stats(): Pick<ServerStats, 'connections' | 'tunnels'> {
    return this.#engine.stats;
  }

  /**
   * Listens on an address. Host `::` is every address of IPv4 and, where this machine has IPv6, of
   * IPv6. Rejects with Node's own error if it cannot.
   */
  async listen(options: ListenOptions): Promise<AddressInfo> {
    if (options.host !== everyAddress) return await this.#listenShared(options);
    // A socket for both families would not share its port with a predecessor on 0.0.0.0, whose
    // waiting connections would then be lost.
    const address = await this.#listenShared({ ...options, host: '0.0.0.0' });
    try {
      await this.#listenShared({ ...options, port: address.port, ipv6Only: true });
    } catch (error) {
      if (!isWithoutIpv6(error)) throw error;
    }
    return address;
  }

  async #listenShared(options: SocketOptions): Promise<AddressInfo> {
    const address = await this.#listen(options);
    if (options.reusePort !== true) return address;
    const others = Array.from({ length: listenersOfShared - 1 }, () =>
      this.#listen({ ...options, port: address.port }),
    );
    await Promise.all(others);
    return address;
  }

  /**
   * Accepts no new connection, lets requests end, and settles when all connections are closed,
   * after `timeoutMs` at the latest. Responses tell clients to close. A connection without a
   * request stays open for a moment, so that a request that is on its way is answered.
   */
  async drain(timeoutMs: number): Promise<void> {
    this.#engine.drain();
    for (const listener of this.#listeners) listener.close();
    this.#settleDrained();
    this.#connections.forEach((connection) => connection.drain());
    const timer = new AbortController();
    const late = delay(timeoutMs, undefined, { signal: timer.signal }).then(
      () => this.#destroyAll(),
      () => undefined,
    );
    await this.#drained.promise;
    timer.abort();
    await late;
    this.#engine.pool.close();
  }

  /**
   * Breaks all connections to an upstream that is gone. Their requests fail, or are sent once more
   * to another upstream, as if it had closed them.
   */
  breakConnections(upstream: Upstream): void {
    this.#engine.pool.break(upstream);
  }

  async #listen(options: SocketOptions): Promise<AddressInfo> {
    const { tls, http2 = false, ...where } = options;
    const listener = createServer();
    this.#listeners.push(listener);
    listener.listen({ ...where, backlog });
    await once(listener, 'listening');
    // None was accepted yet: that takes another turn of the event loop.
    takeConnections(listener, (accepted) => this.#accept(accepted, tls, http2));
    const address = listener.address();
    if (address === null || typeof address === 'string') throw new Error('no address was bound');
    return address;
  }

  #accept(accepted: TcpHandle, tls: TlsTermination | undefined, isHttp2: boolean): void {
    const { limits, stats } = this.#engine;
    const peer = this.#trusted.peer(remoteAddressOf(accepted), tls !== undefined);
    const block = addressBlock(peer.address);
    const ofBlock = this.#perBlock.get(block) ?? 0;
    if (!peer.trusted && ofBlock >= limits.connectionsPerAddress) {
      this.#turnAway(accepted, 'connections-of-address', peer);
      return;
    }
    if (stats.connections >= this.mostConnections && !this.#closeLongestIdle()) {
      this.#turnAway(accepted, 'connections', peer);
      return;
    }
    stats.connectionOpened();
    this.#perBlock.set(block, ofBlock + 1);
    const client = { peer, block };
    if (tls !== undefined) this.#secure(accepted, client, tls);
    else this.#serve(accepted, client, isHttp2);
  }

  /** Serves the requests of a connection. */
  #serve(accepted: ReadyConnection, { peer, block }: Client, isHttp2: boolean): void {
    const onClosed = (gone: OpenConnection) => this.#forget(gone, block);
    const connection = isHttp2
      ? new Http2Connection(this.#http2, accepted, peer, onClosed)
      : new ClientConnection(this.#engine, accepted, peer, onClosed);
    this.#connections.add(connection);
    if (this.#engine.isDraining) connection.drain();
  }

  /** Lets a handshake precede the requests. */
  #secure(accepted: TcpHandle, client: Client, tls: TlsTermination): void {
    const handshake = new TlsHandshake(this.#engine, accepted, tls, {
      onSecure: (socket) => {
        this.#connections.delete(handshake);
        const { servername } = socket;
        if (typeof servername === 'string') client.peer.rememberServerName(servername);
        this.#serve(socket, client, socket.alpnProtocol === 'h2');
      },
      onFailed: () => this.#forget(handshake, client.block),
    });
    this.#connections.add(handshake);
    handshake.start();
  }

  /** Makes room for a new connection, so that idle ones lock nobody out. @returns false if none is. */
  #closeLongestIdle(): boolean {
    const longest = this.#idle.take();
    longest?.closeIdle();
    return longest !== undefined;
  }

  #turnAway(accepted: TcpHandle, cause: RefusalCause, peer: ForwardingPeer): void {
    this.#engine.refuseUnread(cause, peer, false);
    const io = SocketIo.accepted(accepted, nobody);
    // An answer would cost a handshake, which is dearer than all that the limit keeps away.
    if (peer.https) {
      io.reset();
      return;
    }
    io.writeText(refusalResponse(cause, { date: httpDate(), close: true, head: false }));
    io.endAndClose();
  }

  #forget(connection: OpenConnection, block: string): void {
    if (!this.#connections.delete(connection)) return;
    this.#engine.stats.connectionClosed();
    const left = (this.#perBlock.get(block) ?? 1) - 1;
    if (left > 0) this.#perBlock.set(block, left);
    else this.#perBlock.delete(block);
    this.#settleDrained();
  }

  #settleDrained(): void {
    if (this.#engine.isDraining && this.#connections.size === 0) this.#drained.resolve();
  }

  #destroyAll(): void {
    this.#connections.forEach((connection) => connection.destroy());
  }
}

/** True if the machine has no IPv6, or has it turned off. */
function isWithoutIpv6(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL';
}
