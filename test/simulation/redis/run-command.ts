import { ReplyError, type Keyspace } from './keyspace.ts';
import { LuaError, LuaTable, type LuaValue } from './lua/values.ts';
import { Script } from './lua/script.ts';
import type { RedisCommand, Reply } from './reply.ts';
import { streamCommands } from './stream-commands.ts';
import { integer, valueCommands } from './value-commands.ts';

/** Publishes a message and returns the number of its receivers. */
export type Publish = (channel: string, message: string) => number;

const scripts = new Map<string, Script>();

/**
 * Runs one command.
 * @throws ReplyError for a refused or unknown command.
 */
export function runCommand(keyspace: Keyspace, command: RedisCommand, publish: Publish): Reply {
  const { name, args } = command;
  if (name === 'PING') return 'PONG';
  // The connection knows its channels.
  if (name === 'SUBSCRIBE') return args.length;
  if (name === 'PUBLISH') return publish(args[0] ?? '', args[1] ?? '');
  if (name === 'INFO') return infoOf(keyspace);
  if (name === 'EVAL') return evaluate(keyspace, args, publish);
  const run = valueCommands[name] ?? streamCommands[name];
  if (run === undefined) throw new ReplyError(`ERR unknown command '${name}' of the model`);
  return run(keyspace, args);
}

/** Redis keeps its data, as in its container. */
function infoOf({ nowMs, startedAtMs }: Keyspace): string {
  const uptime = Math.floor(nowMs / 1_000) - Math.floor(startedAtMs / 1_000);
  const fields = { redis_version: '7.0.15', uptime_in_seconds: uptime, aof_enabled: 1 };
  return Object.entries(fields)
    .map(([name, value]) => `${name}:${value}\r\n`)
    .join('');
}

function evaluate(keyspace: Keyspace, args: readonly string[], publish: Publish): Reply {
  const [source = '', keyCount = '', ...values] = args;
  const script = scripts.get(source) ?? new Script(source);
  scripts.set(source, script);
  const count = integer(keyCount);
  try {
    const returned = script.run({
      keys: values.slice(0, count),
      args: values.slice(count),
      call: ([name, ...rest]) => {
        const command = { name: text(name), args: rest.map(text) };
        return [luaOf(called(keyspace, command, publish))];
      },
    });
    return replyOf(returned);
  } catch (error) {
    if (error instanceof LuaError) throw new ReplyError(error.message);
    throw error;
  }
}

/** A refused command raises an error that the script may catch. */
function called(keyspace: Keyspace, command: RedisCommand, publish: Publish): Reply {
  try {
    return runCommand(keyspace, command, publish);
  } catch (error) {
    throw error instanceof ReplyError ? new LuaError(error.message) : error;
  }
}

function text(value: LuaValue): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  throw new LuaError('Lua redis lib command arguments must be strings or integers');
}

/** In Lua, nil of Redis is false. */
function luaOf(reply: Reply): LuaValue {
  if (reply === undefined) return false;
  if (typeof reply === 'string' || typeof reply === 'number') return reply;
  return new LuaTable(reply.map(luaOf));
}

function replyOf(value: LuaValue): Reply {
  if (value === undefined || value === false) return undefined;
  if (value === true) return 1;
  if (typeof value === 'number') return Math.trunc(value);
  if (typeof value === 'string') return value;
  if (value instanceof LuaTable) return value.list.map(replyOf);
  throw new LuaError('a script returns no function');
}
