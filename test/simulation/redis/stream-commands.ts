import { ReplyError, type Keyspace } from './keyspace.ts';
import { compareIds, isAfter, isBefore, RedisStream } from './redis-stream.ts';
import type { Reply } from './reply.ts';
import { integer } from './value-commands.ts';

type Command = (keyspace: Keyspace, args: readonly string[]) => Reply;

/** Commands on streams and their consumer groups. */
export const streamCommands: Readonly<Record<string, Command>> = {
  XADD: (keyspace, [key = '', ...args]) => {
    const fields = args.slice(args.indexOf('*') + 1);
    if (fields.length === 0 || fields.length % 2 === 1) {
      throw new ReplyError("ERR wrong number of arguments for 'xadd' command");
    }
    // Perch trims its events at 10,000, which no run reaches.
    return streamIn(keyspace, key).add(fields, keyspace.nowMs);
  },
  XRANGE: (keyspace, [key = '', from = '', to = '']) =>
    (keyspace.stream(key)?.range(from, to) ?? []).map(([id, fields]) => [id, fields]),
  XREVRANGE: (keyspace, [key = '', to = '', from = '', , count = '']) =>
    (keyspace.stream(key)?.range(from, to) ?? [])
      .map(([id, fields]) => [id, fields])
      .toReversed()
      .slice(0, integer(count)),
  XDEL: (keyspace, [key = '', ...ids]) => {
    const deleted = keyspace.stream(key)?.delete(ids) ?? 0;
    if (deleted > 0) keyspace.touch(key);
    return deleted;
  },
  XGROUP: group,
  XINFO: (keyspace, [, key = '', name = '']) => {
    const { pending, consumers } = groupOf(keyspace, key, name);
    return [...consumers]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([consumer, seenMs]) => {
        const own = [...pending.values()].filter((entry) => entry.consumer === consumer).length;
        return ['name', consumer, 'pending', own, 'idle', keyspace.nowMs - seenMs];
      });
  },
  XREADGROUP: readGroup,
  XPENDING: (keyspace, [key = '', name = '', from = '', to = '', count = '']) =>
    [...groupOf(keyspace, key, name).pending]
      .filter(([id]) => isAfter(id, from) && isBefore(id, to))
      .sort(([a], [b]) => compareIds(a, b))
      .slice(0, integer(count))
      .map(([id, { consumer, deliveredAtMs, count }]) => [
        id,
        consumer,
        Math.max(0, keyspace.nowMs - deliveredAtMs),
        count,
      ]),
  XCLAIM: claim,
  XACK: (keyspace, [key = '', name = '', ...ids]) => {
    const pending = keyspace.stream(key)?.groups.get(name)?.pending;
    return ids.filter((id) => pending?.delete(id)).length;
  },
};

function group(keyspace: Keyspace, [verb, key = '', name = '', ...args]: readonly string[]): Reply {
  if (verb === 'CREATE') {
    if (keyspace.stream(key)?.groups.has(name)) {
      throw new ReplyError('BUSYGROUP Consumer Group name already exists');
    }
    const lastDelivered = `${args[0]}-0`;
    streamIn(keyspace, key).groups.set(name, {
      lastDelivered,
      pending: new Map(),
      consumers: new Map(),
    });
    return 'OK';
  }
  const { pending, consumers } = groupOf(keyspace, key, name);
  const [consumer = ''] = args;
  const own = [...pending].filter(([, entry]) => entry.consumer === consumer);
  for (const [id] of own) pending.delete(id);
  consumers.delete(consumer);
  return own.length;
}

/** `XREADGROUP GROUP group consumer COUNT count STREAMS key >` */
function readGroup(keyspace: Keyspace, args: readonly string[]): Reply {
  const [, name = '', consumer = '', , count = '', , key = ''] = args;
  const known = groupOf(keyspace, key, name);
  known.consumers.set(consumer, keyspace.nowMs);
  const fresh = (keyspace.stream(key)?.entries ?? [])
    .filter(([id]) => compareIds(id, known.lastDelivered) > 0)
    .slice(0, integer(count));
  for (const [id] of fresh) {
    known.pending.set(id, { consumer, deliveredAtMs: keyspace.nowMs, count: 1 });
    known.lastDelivered = id;
  }
  if (fresh.length === 0) return undefined;
  return [[key, fresh.map(([id, fields]) => [id, fields])]];
}

/** `XCLAIM key group consumer 0 id RETRYCOUNT count JUSTID` */
function claim(keyspace: Keyspace, args: readonly string[]): Reply {
  const [key = '', name = '', consumer = '', , id = '', , count = ''] = args;
  const { pending, consumers } = groupOf(keyspace, key, name);
  consumers.set(consumer, keyspace.nowMs);
  if (!pending.has(id)) return [];
  if (keyspace.stream(key)?.has(id) !== true) {
    pending.delete(id);
    return [];
  }
  pending.set(id, { consumer, deliveredAtMs: keyspace.nowMs, count: integer(count) });
  return [id];
}

function groupOf(keyspace: Keyspace, key: string, name: string) {
  const known = keyspace.stream(key)?.groups.get(name);
  if (known !== undefined) return known;
  throw new ReplyError(`NOGROUP No such key '${key}' or consumer group '${name}'`);
}

function streamIn(keyspace: Keyspace, key: string): RedisStream {
  const stream = keyspace.stream(key);
  if (stream !== undefined) {
    keyspace.touch(key);
    return stream;
  }
  const created = new RedisStream();
  keyspace.set(key, created);
  return created;
}
