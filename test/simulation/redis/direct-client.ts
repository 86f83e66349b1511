import type { Redis } from 'ioredis';
import { ReplyError, type Keyspace } from './keyspace.ts';
import type { Reply } from './reply.ts';
import { runCommand } from './run-command.ts';

/** A client of the model without a network: each command runs at once. */
export function directClient(keyspace: Keyspace): Redis {
  const run = (name: string, given: readonly unknown[]) => {
    const args = given.flat().map(String);
    const reply = plain(runCommand(keyspace, { name: name.toUpperCase(), args }, () => 0));
    return name === 'hgetall' ? objectOf(reply as string[]) : reply;
  };
  const methods = {
    get: (_target: object, name: string) =>
      name === 'multi'
        ? () => transaction(run)
        : (...args: unknown[]) => settled(() => run(name, args)),
  };
  return new Proxy({}, methods) as Redis;
}

async function settled<T>(run: () => T): Promise<T> {
  return run();
}

function transaction(run: (name: string, args: readonly unknown[]) => unknown): object {
  const queued: (() => unknown)[] = [];
  const methods = {
    get: (_target: object, name: string) =>
      name === 'exec'
        ? () => Promise.resolve(queued.map(outcomeOf))
        : (...args: unknown[]) => void queued.push(() => run(name, args)),
  };
  return new Proxy({}, methods);
}

function outcomeOf(command: () => unknown): [Error | null, unknown] {
  try {
    return [null, command()];
  } catch (error) {
    if (error instanceof ReplyError) return [error, null];
    throw error;
  }
}

function plain(reply: Reply): unknown {
  if (reply === undefined) return null;
  return typeof reply === 'object' ? reply.map(plain) : reply;
}

function objectOf(flat: readonly string[]): Record<string, string> {
  const pairs = flat.flatMap((field, index) => (index % 2 === 0 ? [[field, flat[index + 1]]] : []));
  return Object.fromEntries(pairs) as Record<string, string>;
}
