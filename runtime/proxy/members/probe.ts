import { isIP, Socket } from 'node:net';
import { hostPort } from '../../contract/host-port.ts';
import { defaultLimits } from '../http/contract/limits.ts';
import type { Upstream } from '../http/contract/handler.ts';
import { FieldKinds } from '../http/message/field-kind.ts';
import { HeadReader } from '../http/message/head-reader.ts';
import { ResponseParser } from '../http/message/response-head.ts';
import { isOwnFault } from '../http/socket/own-fault.ts';

export interface ProbeOptions {
  /** Path with an optional query, for example `/healthz`. */
  readonly path: string;
  /** Sent as Host. Default: the member's address. */
  readonly host?: string | undefined;
  /** Limit of the whole probe, from connecting to the end of the answer, milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Result of a probe. `unreachable`: nothing at the address answers, not even with a refusal.
 * `unknown`: this machine could not connect by a fault of its own.
 */
export type ProbeResult = 'passed' | 'failed' | 'unreachable' | 'unknown';

/** Errors by which the network says that a host is not there. */
const unreachableCodes = ['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ETIMEDOUT'];

/** Status for which no probe has asked. */
const switchingProtocols = 101;

/** Shared by all probes: what is read is parsed at once. */
const buffer = Buffer.allocUnsafeSlow(defaultLimits.headBytes);
const headLimits = { ...defaultLimits, startLineBytes: defaultLimits.headBytes };
const parser = new ResponseParser(new FieldKinds(), defaultLimits.headFields);

/**
 * Probes a member once: GET on a new connection, so that it detects a member that no longer accepts
 * connections. Never throws. It passes if the member answers with a status below 400 in time. The
 * connection is a bare socket with the proxy's own parser, because each worker probes each member
 * every second, and Node's client costs several times as much.
 */
export function probe(
  upstream: Upstream,
  options: ProbeOptions,
  signal: AbortSignal,
): Promise<ProbeResult> {
  return new Promise((resolve) => new Probe(upstream, options, signal).run(resolve));
}

/** One probe of one member. */
class Probe {
  readonly #upstream: Upstream;
  readonly #options: ProbeOptions;
  readonly #signal: AbortSignal;
  readonly #head = new HeadReader(parser, headLimits);
  readonly #socket: Socket;
  #resolve: ((result: ProbeResult) => void) | undefined;

  constructor(upstream: Upstream, options: ProbeOptions, signal: AbortSignal) {
    this.#upstream = upstream;
    this.#options = options;
    this.#signal = signal;
    const onread = { buffer, callback: (size: number) => this.#read(size) };
    this.#socket = new Socket({ onread });
  }

  run(resolve: (result: ProbeResult) => void): void {
    const { host, port } = this.#upstream;
    const { path, host: name = hostPort(host, port), timeoutMs } = this.#options;
    this.#resolve = resolve;
    // After a pause of this process, what has come meanwhile is read first.
    const deadline = setTimeout(() => setImmediate(this.#giveUp), timeoutMs);
    this.#signal.addEventListener('abort', this.#stop);
    const socket = this.#socket;
    socket.on('error', (error) => this.#failed(error));
    socket.on('close', () => {
      clearTimeout(deadline);
      this.#signal.removeEventListener('abort', this.#stop);
      this.#end('failed');
    });
    if (this.#signal.aborted) return this.#stop();
    socket.connect({ host, port });
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: ${name}\r\nUser-Agent: perch-health\r\n` +
        'Accept: */*\r\nConnection: close\r\n\r\n',
      'latin1',
    );
  }

  /** Reads on after the head, so that the member can end its answer and the connection itself. */
  #read(size: number): boolean {
    let at = 0;
    while (this.#resolve !== undefined && at < size) {
      const result = this.#head.read(buffer, at, size);
      if (result === 'incomplete') break;
      if (result !== 'complete' || parser.status === switchingProtocols) {
        this.#stop();
      } else if (parser.status < 200) {
        // An interim response precedes the final one.
        at = this.#head.next;
      } else {
        this.#end(parser.status < 400 ? 'passed' : 'failed');
      }
    }
    return true;
  }

  #failed(error: NodeJS.ErrnoException): void {
    if (isOwnFault(error)) this.#end('unknown');
    else this.#end(unreachableCodes.includes(error.code ?? '') ? 'unreachable' : 'failed');
  }

  readonly #giveUp = (): void => {
    const isConnecting = this.#socket.connecting && isIP(this.#upstream.host) !== 0;
    if (isConnecting) this.#end('unreachable');
    this.#stop();
  };

  readonly #stop = (): void => {
    this.#end('failed');
    this.#socket.destroy();
  };

  #end(result: ProbeResult): void {
    const resolve = this.#resolve;
    this.#resolve = undefined;
    resolve?.(result);
  }
}
