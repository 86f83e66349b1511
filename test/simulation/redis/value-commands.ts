import { ReplyError, type Keyspace } from './keyspace.ts';
import type { Reply } from './reply.ts';

type Command = (keyspace: Keyspace, args: readonly string[]) => Reply;

/** Commands on strings, hashes and keys. */
export const valueCommands: Readonly<Record<string, Command>> = {
  GET: (keyspace, [key = '']) => keyspace.string(key),
  SET: set,
  STRLEN: (keyspace, [key = '']) => Buffer.byteLength(keyspace.string(key) ?? ''),
  MGET: (keyspace, keys) =>
    keys.map((key) => {
      const value = keyspace.get(key);
      return typeof value === 'string' ? value : undefined;
    }),
  DEL: (keyspace, keys) => keys.filter((key) => keyspace.delete(key)).length,
  INCR: (keyspace, [key = '']) => {
    const next = integer(keyspace.string(key) ?? '0') + 1;
    keyspace.set(key, String(next));
    return next;
  },
  EXPIRE: (keyspace, [key = '', seconds = '']) =>
    Number(keyspace.expire(key, keyspace.nowMs + integer(seconds) * 1_000)),
  PEXPIRE: (keyspace, [key = '', ms = '']) =>
    Number(keyspace.expire(key, keyspace.nowMs + integer(ms))),
  TIME: ({ nowMs }) => [String(Math.floor(nowMs / 1_000)), String((nowMs % 1_000) * 1_000)],
  SCAN: scan,
  HGET: (keyspace, [key = '', field = '']) => keyspace.hash(key)?.get(field),
  HMGET: (keyspace, [key = '', ...fields]) => {
    const hash = keyspace.hash(key);
    return fields.map((field) => hash?.get(field));
  },
  HGETALL: (keyspace, [key = '']) => {
    const flat: string[] = [];
    for (const [field, value] of keyspace.hash(key) ?? []) flat.push(field, value);
    return flat;
  },
  HSET: (keyspace, [key = '', ...pairs]) => {
    const hash = hashIn(keyspace, key);
    let added = 0;
    for (let index = 0; index + 1 < pairs.length; index += 2) {
      if (!hash.has(pairs[index] ?? '')) added += 1;
      hash.set(pairs[index] ?? '', pairs[index + 1] ?? '');
    }
    return added;
  },
  HINCRBY: (keyspace, [key = '', field = '', by = '']) => {
    const hash = hashIn(keyspace, key);
    const next = integer(hash.get(field) ?? '0') + integer(by);
    hash.set(field, String(next));
    return next;
  },
  HDEL: (keyspace, [key = '', ...fields]) => {
    const hash = keyspace.hash(key);
    if (hash === undefined) return 0;
    keyspace.touch(key);
    const deleted = fields.filter((field) => hash.delete(field)).length;
    if (hash.size === 0) keyspace.delete(key);
    return deleted;
  },
};

function set(keyspace: Keyspace, [key = '', value = '', ...options]: readonly string[]): Reply {
  let expiresAtMs: number | undefined;
  for (let index = 0; index < options.length; index += 1) {
    const option = (options[index] ?? '').toUpperCase();
    if (option === 'PX' || option === 'EX') {
      index += 1;
      const unitMs = option === 'PX' ? 1 : 1_000;
      expiresAtMs = keyspace.nowMs + unitMs * integer(options[index] ?? '');
    } else if (option !== 'NX') throw new ReplyError('ERR syntax error');
    else if (keyspace.get(key) !== undefined) return undefined;
  }
  keyspace.set(key, value, expiresAtMs);
  return 'OK';
}

/** All keys in one page: Redis may return any number. */
function scan(keyspace: Keyspace, [, match, pattern = '', ...count]: readonly string[]): Reply {
  const isKnown = /^[^*?[\]\\]*\*[^*?[\]\\]*$/.test(pattern);
  if (match !== 'MATCH' || !isKnown || count[0] !== 'COUNT') {
    throw new ReplyError(`ERR the model scans with one star alone, got ${pattern}`);
  }
  const [prefix = '', suffix = ''] = pattern.split('*');
  const isLong = (key: string) => key.length >= prefix.length + suffix.length;
  return ['0', keyspace.keys(prefix).filter((key) => isLong(key) && key.endsWith(suffix))];
}

function hashIn(keyspace: Keyspace, key: string): Map<string, string> {
  const hash = keyspace.hash(key);
  if (hash !== undefined) {
    keyspace.touch(key);
    return hash;
  }
  const created = new Map<string, string>();
  keyspace.set(key, created);
  return created;
}

export function integer(text: string): number {
  if (/^-?\d+$/.test(text)) return Number(text);
  throw new ReplyError('ERR value is not an integer or out of range');
}
