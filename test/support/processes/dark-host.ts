import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { until } from '../until.ts';

/** A member on a host that can go dark, as one that loses power: nothing answers, nothing closes. */
export interface DarkHost extends AsyncDisposable {
  readonly port: number;
  /** Settles once a request for `/held` has come. It gets no answer. */
  readonly held: Promise<unknown>;
  goDark(): Promise<void>;
}

/** Waiting connections that fill the member's queue for certain. */
const fillers = 4;
/** Connections that Linux lets wait for a backlog of one. */
const mostWaiting = 2;

export async function startDarkHost(): Promise<DarkHost> {
  const child = fork(join(import.meta.dirname, 'dark-member.ts'));
  const [port] = (await once(child, 'message')) as [number];
  const held = once(child, 'message');
  const sockets: Socket[] = [];
  return {
    port,
    held,
    async goDark() {
      const dark = once(child, 'message');
      child.send('go');
      await dark;
      for (let count = 0; count < fillers; count += 1) {
        sockets.push(connect(port, '127.0.0.1').on('error', () => {}));
      }
      // Not that certain fillers are connected: a probe of a proxy may take their place.
      await until(() => waitingFor(port) >= mostWaiting, { what: 'a full queue' });
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** Connections in the accept queue of a port of loopback: the receive queue of its listener (proc(5), net/tcp). */
function waitingFor(port: number): number {
  const listener = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A `;
  const line = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .find((entry) => entry.includes(listener));
  const queue = line?.split(listener)[1]?.split(' ', 1)[0]?.split(':')[1];
  if (queue === undefined) throw new Error(`nothing listens on port ${port}`);
  return Number.parseInt(queue, 16);
}
