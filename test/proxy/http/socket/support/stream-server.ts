import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { connect as connectSecurely, createSecureContext } from 'node:tls';
import type { ByteStream } from '../../../../../runtime/proxy/http/socket/byte-stream.ts';
import { takeConnections } from '../../../../../runtime/proxy/http/socket/accepted-connections.ts';
import { SecureSocket } from '../../../../../runtime/proxy/http/socket/secure-socket.ts';
import { SecureStream } from '../../../../../runtime/proxy/http/socket/secure-stream.ts';
import type { TcpHandle } from '../../../../../runtime/proxy/http/socket/tcp-handle.ts';
import { TcpStream } from '../../../../../runtime/proxy/http/socket/tcp-stream.ts';
import { testCertificate } from '../../../../support/tls/certificate.ts';
import { Recorder } from './stream-recorder.ts';

/** Stream on an accepted connection, its owner, and the client, which reads nothing yet. */
interface Accepted {
  readonly stream: ByteStream;
  readonly owner: Recorder;
  readonly client: Socket;
}

const host = '127.0.0.1';
const { chainPem, privateKeyPem } = testCertificate({ hosts: ['a.test'] });
const context = createSecureContext({ cert: chainPem, key: privateKeyPem });

/** Server whose connections become streams. */
export class StreamServer implements AsyncDisposable {
  readonly server: Server;
  readonly #sockets: Socket[] = [];

  private constructor(server: Server) {
    this.server = server;
  }

  static async start(): Promise<StreamServer> {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, host);
    await once(server, 'listening');
    return new StreamServer(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Closes a socket with the server, and ignores its errors. */
  own<S extends Socket>(socket: S): S {
    socket.on('error', () => {});
    this.#sockets.push(socket);
    return socket;
  }

  async acceptTcp(): Promise<Accepted> {
    const owner = new Recorder();
    const made = this.#accept<TcpStream>((handle, resolve) =>
      resolve(TcpStream.accepted(handle, owner)),
    );
    const client = this.own(connect({ port: this.port, host, allowHalfOpen: true }).pause());
    return { stream: await made, owner, client };
  }

  /** Resolves once the handshake is done. */
  async acceptTls(): Promise<Accepted> {
    const owner = new Recorder();
    const secured = this.#accept<SecureStream>((handle, resolve) => {
      const contextFor = () => context;
      const onHello = (_name: string | undefined, read: () => void) => read();
      const socket = new SecureSocket(handle, { context, alpn: [], contextFor, onHello });
      socket.once('secure', () => resolve(new SecureStream(socket, owner)));
    });
    const client = connectSecurely({ port: this.port, host, rejectUnauthorized: false });
    this.own(client.pause());
    return { stream: await secured, owner, client };
  }

  #accept<S>(make: (handle: TcpHandle, resolve: (stream: S) => void) => void): Promise<S> {
    return new Promise((resolve) => {
      takeConnections(this.server, (handle) => make(handle, resolve));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets.splice(0)) socket.destroy();
    this.server.close();
  }
}
