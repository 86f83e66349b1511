import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';

/** A member on a host that can go dark, as one that loses power: nothing answers, nothing closes. */
export interface DarkHost extends AsyncDisposable {
  readonly port: number;
  /** Settles once a request for `/held` has come. It gets no answer. */
  readonly held: Promise<unknown>;
  goDark(): Promise<void>;
}

/** Waiting connections that fill the member's queue for certain. */
const fillers = 4;

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
      await Promise.all(sockets.slice(0, 2).map((socket) => once(socket, 'connect')));
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}
