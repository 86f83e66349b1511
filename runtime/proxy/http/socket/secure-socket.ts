import type { OnReadOpts } from 'node:net';
import { TLSSocket, type SecureContext, type TLSSocketOptions } from 'node:tls';
import { httpDate } from '../message/http-date.ts';
import { WriteWrap, type TcpHandle, type WritableHandle } from './tcp-handle.ts';
import { sharedReadBuffer } from './read-buffers.ts';

export interface SecureSocketOptions {
  /** Context of a client that names no host. It also opens the session tickets of all clients. */
  readonly context: SecureContext;
  /** Application protocols (RFC 7301), the preferred one first. */
  readonly alpn: readonly string[];
  /** Returns the context for the name that a client asks for; undefined refuses the name. */
  readonly contextFor: (serverName: string) => SecureContext | undefined;
  /** Called with the name that a client asks for; `read` reads its hello. */
  readonly onHello: (serverName: string | undefined, read: () => void) => void;
}

interface WrapOptions extends TLSSocketOptions {
  readonly accepted: TcpHandle;
  readonly allowHalfOpen: boolean;
  readonly onread: OnReadOpts;
}

/** Handle of a TLS socket. Node's own servers look sessions up by it. */
interface TlsHandle extends WritableHandle {
  onclienthello: (hello: { readonly servername: string | undefined }) => void;
  onnewsession: () => void;
  enableSessionCallbacks(): void;
  /** Lets OpenSSL read the hello, in this turn. */
  endParser(): void;
  /** Lets the handshake go on after `onnewsession`. */
  newSessionDone(): void;
}

/** Socket with the parts that Node's types leave out. */
interface HandleTlsSocket extends TLSSocket {
  /** True until the connection under TLS is made. */
  connecting: boolean;
  /** True until the handshake has ended; a session of `node:http2` waits for that. */
  secureConnecting: boolean;
  /** Name that the client asks for; null: none. */
  servername: string | null;
  readonly _handle: TlsHandle;
  readonly _tlsOptions: WrapOptions;
  _wrapHandle(wrap: null, handle: TcpHandle | undefined, isWriting: boolean): unknown;
}

// The types know no TLSSocket without a socket under it; `tls.connect` makes such ones.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is what Node does itself
const HandleSocket = TLSSocket as unknown as new (
  socket: undefined,
  options: WrapOptions,
) => HandleTlsSocket;

/** Fatal alert unrecognized_name (RFC 6066 section 3), before anything is encrypted. */
const unrecognizedName = Buffer.from([0x15, 0x03, 0x03, 0, 2, 2, 112]);

/** Code of the error of a client that speaks HTTP without TLS. */
export const plainHttpCode = 'ERR_SSL_HTTP_REQUEST';

/** Answer to such a client, which would otherwise learn only that the connection was closed. */
function plainHttpAnswer(): string {
  const text = 'This port answers by https only.\n';
  return (
    `HTTP/1.1 400 Bad Request\r\nDate: ${httpDate()}\r\nContent-Type: text/plain; charset=utf-8\r\n` +
    `Content-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`
  );
}

/** Connection that calls back when it is closed. */
interface ClosableHandle {
  close(done: () => void): void;
  reset(done: () => void): number;
}

/** Makes the reads of a socket the affair of someone who comes later. */
class LateReader {
  #reader: OnReadOpts | undefined;

  readonly onread: OnReadOpts = {
    buffer: () => {
      const buffer = this.#reader?.buffer ?? sharedReadBuffer;
      return typeof buffer === 'function' ? buffer() : buffer;
    },
    callback: (length, buffer) => this.#reader?.callback(length, buffer) ?? true,
  };

  set(reader: OnReadOpts): void {
    this.#reader = reader;
  }
}

/**
 * Server's side of TLS on an accepted connection. Node reads a TLS socket into a buffer of the caller
 * (`onread`) only if it made the connection; this one stands directly on the handle of the accepted
 * socket, which also spares the second socket that Node keeps under each TLS socket otherwise. It
 * relies on `_wrapHandle`, which is undocumented; the tests fail if Node changes it.
 */
export class SecureSocket extends HandleSocket {
  readonly #reader: LateReader;
  readonly #handle: TcpHandle;
  #isNameRefused = false;

  /** Begins the handshake on a connection that was accepted; it ends in `secure` or `close`. */
  constructor(accepted: TcpHandle, options: SecureSocketOptions) {
    const reader = new LateReader();
    super(undefined, {
      accepted,
      isServer: true,
      allowHalfOpen: true,
      onread: reader.onread,
      secureContext: options.context,
      ALPNProtocols: [...options.alpn],
      SNICallback: (serverName, answer) => {
        const context = options.contextFor(serverName);
        if (context === undefined) this.#refuseName();
        else answer(null, context);
      },
    });
    this.#reader = reader;
    this.#handle = accepted;
    this.connecting = false;
    this.#parseHello(options.onHello);
    // A server of `node:tls` would do it.
    this.once('secure', () => (this.secureConnecting = false));
    // Without a server of `node:tls` nothing else ends a connection whose TLS is broken.
    this.on('_tlsError', (error: NodeJS.ErrnoException) => {
      if (error.code === plainHttpCode) this.#writePlainly(Buffer.from(plainHttpAnswer()));
      this.destroy(error);
    });
  }

  /** True if the client asked for a name that no certificate covers. */
  get isNameRefused(): boolean {
    return this.#isNameRefused;
  }

  /** True if any byte of the client has come. */
  get hasReceived(): boolean {
    return (this.#handle.bytesRead ?? 0) > 0;
  }

  /** Lets `reader` read what follows the handshake. */
  readBy(reader: OnReadOpts): this {
    this.#reader.set(reader);
    return this;
  }

  /** Sends a RST instead of the orderly end of the connection. Node has this for TCP sockets only. */
  override resetAndDestroy(): this {
    const handle: ClosableHandle = this.#handle;
    const close = handle.close.bind(handle);
    handle.close = (done) => {
      if (handle.reset(done) !== 0) close(done);
    };
    return this.destroy();
  }

  override _wrapHandle(): unknown {
    return super._wrapHandle(null, this._tlsOptions.accepted, false);
  }

  /**
   * Lets Node parse the hello before OpenSSL does. OpenSSL opens the ticket in it before it looks at
   * the name, and with TLS 1.2 never tells the name of a client that resumes its session.
   */
  #parseHello(onHello: SecureSocketOptions['onHello']): void {
    const handle = this._handle;
    // V8 makes a function in its old memory where it is written into a property at once, and there it
    // would keep the closed connection alive until the next full collection.
    const helloCame: TlsHandle['onclienthello'] = ({ servername }) => {
      const serverName = servername === '' ? undefined : servername;
      this.servername = serverName ?? null;
      onHello(serverName, () => handle.endParser());
    };
    // Its client keeps the session, in a ticket.
    const sessionMade = () => handle.newSessionDone();
    handle.onclienthello = helloCame;
    handle.onnewsession = sessionMade;
    handle.enableSessionCallbacks();
  }

  /** Ends the handshake with the alert that Node has no call for. */
  #refuseName(): void {
    this.#isNameRefused = true;
    this.#writePlainly(unrecognizedName);
    this.destroy();
  }

  /** Writes past TLS, as far as the connection takes it at once. */
  #writePlainly(bytes: Buffer): void {
    this.#handle.writeBuffer(new WriteWrap(), bytes);
  }
}
