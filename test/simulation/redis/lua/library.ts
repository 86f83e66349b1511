import { LuaError, LuaTable, luaType, textOf, toNumber, type LuaValue } from './values.ts';

/** Functions of Lua that the scripts use; others are unknown names. */
export function library(): [string, LuaValue][] {
  return [
    ['tonumber', ([value]) => [toNumber(value)]],
    ['type', ([value]) => [luaType(value)]],
    ['pcall', pcall],
    ['unpack', ([table, from]) => (table as LuaTable).list.slice((toNumber(from) ?? 1) - 1)],
    ['math', tableOf({ floor: ([value]) => [Math.floor(toNumber(value) ?? Number.NaN)] })],
    ['string', tableOf({ match, format })],
    ['cjson', tableOf({ decode: ([json]) => [decoded(textOf(json))] })],
  ];
}

export function tableOf(fields: Readonly<Record<string, LuaValue>>): LuaTable {
  const table = new LuaTable();
  for (const [key, value] of Object.entries(fields)) table.set(key, value);
  return table;
}

function pcall([callee, ...args]: readonly LuaValue[]): readonly LuaValue[] {
  try {
    if (typeof callee !== 'function') throw new LuaError('attempt to call another value');
    return [true, ...callee(args)];
  } catch (error) {
    if (!(error instanceof LuaError)) throw error;
    return [false, error.message];
  }
}

const patterns = new Map<string, RegExp>();

/** The patterns of the scripts consist of classes, captures, anchors and quantifiers alone. */
function match([text, pattern]: readonly LuaValue[]): readonly LuaValue[] {
  const source = textOf(pattern);
  if (!/^(?:[\^$()+*\s\w|-]|%[Sds])*$/.test(source))
    throw new SyntaxError(`Lua pattern: ${source}`);
  const known = patterns.get(source) ?? new RegExp(source.replaceAll('%', '\\'));
  patterns.set(source, known);
  const found = known.exec(textOf(text));
  if (found === null) return [undefined];
  return found.length === 1 ? [found[0]] : found.slice(1);
}

function format([pattern, value]: readonly LuaValue[]): readonly LuaValue[] {
  if (pattern !== '%.0f') throw new SyntaxError(`Lua format: ${textOf(pattern)}`);
  return [(toNumber(value) ?? Number.NaN).toFixed(0)];
}

function decoded(json: string): LuaValue {
  try {
    return luaOf(JSON.parse(json));
  } catch (error) {
    if (error instanceof SyntaxError) throw new LuaError(error.message);
    throw error;
  }
}

/** cjson.null is a value of its own, which no script compares with anything. */
const jsonNull: LuaValue = () => [];

function luaOf(value: unknown): LuaValue {
  if (value === null) return jsonNull;
  if (Array.isArray(value)) return new LuaTable(value.map(luaOf));
  if (typeof value === 'object') {
    return tableOf(
      Object.fromEntries(Object.entries(value).map(([key, one]) => [key, luaOf(one)])),
    );
  }
  return value as string | number | boolean;
}
