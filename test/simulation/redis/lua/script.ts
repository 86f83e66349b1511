import { library, tableOf } from './library.ts';
import { Scope, type Frame } from './scope.ts';
import { parseBlock } from './statements.ts';
import { TokenReader } from './token-reader.ts';
import { LuaTable, type LuaFunction, type LuaValue } from './values.ts';

export interface ScriptInputs {
  readonly keys: readonly string[];
  readonly args: readonly string[];
  /** `redis.call`. */
  readonly call: LuaFunction;
}

/**
 * A script, compiled once. It knows just the part of Lua that production's scripts use, and refuses
 * everything else, so that a new script cannot be run wrongly.
 */
export class Script {
  readonly #run: (frame: Frame) => readonly LuaValue[] | undefined;
  readonly #globals: Map<string, LuaValue>;

  /** @throws SyntaxError for Lua that it does not know. */
  constructor(source: string) {
    this.#globals = new Map<string, LuaValue>([
      ...library(),
      ['KEYS', undefined],
      ['ARGV', undefined],
      ['redis', undefined],
    ]);
    this.#run = parseBlock(new TokenReader(source), new Scope(this.#globals));
  }

  run({ keys, args, call }: ScriptInputs): LuaValue {
    this.#globals.set('KEYS', new LuaTable(keys));
    this.#globals.set('ARGV', new LuaTable(args));
    this.#globals.set('redis', tableOf({ call }));
    return this.#run([])?.[0];
  }
}
