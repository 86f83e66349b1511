import type { HandshakeFault, TlsTermination } from '../contract/tls.ts';
import type { TcpHandle } from '../socket/tcp-handle.ts';
import type { Timed } from '../socket/clock.ts';
import type { Place } from '../socket/dense-list.ts';
import { plainHttpCode, SecureSocket } from '../socket/secure-socket.ts';
import type { Engine } from './engine.ts';

export interface HandshakeEvents {
  /** The client can send its first request. */
  onSecure(socket: SecureSocket): void;
  /** The connection is closed. */
  onFailed(): void;
}

/** Connection of a client whose handshake of TLS has not ended. */
export class TlsHandshake implements Timed {
  readonly inClock: Place = { index: -1 };
  readonly inServer: Place = { index: -1 };
  readonly #engine: Engine;
  readonly #tls: TlsTermination;
  readonly #events: HandshakeEvents;
  readonly #accepted: TcpHandle;
  #socket: SecureSocket | undefined;
  readonly #startedAt: number;
  #deadline: number;
  #fault: HandshakeFault | undefined;
  #isOver = false;

  constructor(engine: Engine, accepted: TcpHandle, tls: TlsTermination, events: HandshakeEvents) {
    const { clock, limits } = engine;
    this.#engine = engine;
    this.#tls = tls;
    this.#events = events;
    this.#deadline = clock.after(limits.handshakeTimeoutMs);
    this.#startedAt = clock.now;
    clock.add(this);
    this.#accepted = accepted;
  }

  start(): void {
    const tls = this.#tls;
    const context = tls.contextFor(undefined);
    if (context === undefined) {
      this.#accepted.close();
      this.#fault = 'no-certificate';
      this.#fail();
      return;
    }
    const contextFor = (name: string) => tls.contextFor(name);
    const onHello = (name: string | undefined, read: () => void) => tls.onHello(name, read);
    const options = { context, alpn: tls.alpn, contextFor, onHello };
    this.#socket = new SecureSocket(this.#accepted, options);
    this.#listen(this.#socket);
  }

  get deadline(): number {
    return this.#deadline;
  }

  /** Milliseconds of the engine's clock since which the client has sent nothing at all. */
  get idleSince(): number | undefined {
    return this.#isOver || this.#socket?.hasReceived === true ? undefined : this.#startedAt;
  }

  /** Leaves a client that has just connected a moment to go on. */
  drain(): void {
    const { clock, limits } = this.#engine;
    this.#deadline = Math.min(this.#deadline, clock.after(limits.drainIdleMs));
  }

  closeIdle(): void {
    this.destroy();
  }

  destroy(): void {
    this.#socket?.destroy();
  }

  expired(): void {
    this.#fault = 'timeout';
    this.destroy();
  }

  #listen(socket: SecureSocket): void {
    const onError = (error: Error) => (this.#fault ??= faultOf(error));
    const onEnd = () => socket.destroy();
    const onClose = () => {
      if (socket.isNameRefused) this.#fault = 'unknown-name';
      this.#fail();
    };
    socket.once('secure', () => {
      socket.off('error', onError).off('end', onEnd).off('close', onClose);
      this.#end();
      this.#tls.onHandshake(socket.isSessionReused() ? 'resumed' : 'full');
      this.#events.onSecure(socket);
    });
    socket.on('error', onError).on('end', onEnd).on('close', onClose);
  }

  #fail(): void {
    this.#end();
    this.#tls.onHandshake(this.#fault ?? 'closed');
    this.#events.onFailed();
  }

  #end(): void {
    this.#isOver = true;
    this.#engine.clock.delete(this);
  }
}

const faultsOfCodes: Readonly<Record<string, HandshakeFault>> = {
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'version',
  ERR_SSL_VERSION_TOO_LOW: 'version',
  ERR_SSL_NO_SHARED_CIPHER: 'no-shared-cipher',
  ERR_SSL_NO_SHARED_GROUP: 'no-shared-cipher',
  ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM: 'no-shared-cipher',
  ERR_SSL_NO_SHARED_SIGNATURE_ALGORITHMS: 'no-shared-cipher',
  ERR_SSL_NO_APPLICATION_PROTOCOL: 'no-shared-protocol',
  [plainHttpCode]: 'plain-http',
  ECONNRESET: 'closed',
  EPIPE: 'closed',
};

function faultOf(error: NodeJS.ErrnoException): HandshakeFault {
  const code = error.code ?? '';
  if (/^ERR_SSL_(TLSV1|TLSV13|SSLV3)_ALERT_/.test(code)) return 'client-alert';
  return faultsOfCodes[code] ?? 'malformed';
}
