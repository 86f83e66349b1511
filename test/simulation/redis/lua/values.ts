export type LuaFunction = (args: readonly LuaValue[]) => readonly LuaValue[];
/** A value of Lua; nil is undefined. */
export type LuaValue = undefined | boolean | number | string | LuaTable | LuaFunction;

/** Error that a script raises, such as that of a refused command. */
export class LuaError extends Error {}

/** A table: values from index 1 on, and values by other keys. */
export class LuaTable {
  readonly list: LuaValue[];
  readonly #fields = new Map<string, LuaValue>();

  constructor(list: readonly LuaValue[] = []) {
    this.list = [...list];
  }

  get(key: LuaValue): LuaValue {
    if (typeof key === 'number') return this.list[key - 1];
    return typeof key === 'string' ? this.#fields.get(key) : undefined;
  }

  set(key: LuaValue, value: LuaValue): void {
    if (typeof key === 'string') this.#fields.set(key, value);
    else if (typeof key === 'number') this.list[key - 1] = value;
    else throw new LuaError(`table index must be a string or number, got ${typeof key}`);
  }
}

export function isTrue(value: LuaValue): boolean {
  return value !== undefined && value !== false;
}

/** Number of a value in arithmetic: strings of digits count. */
export function numberOf(value: LuaValue): number {
  const number = toNumber(value);
  if (number !== undefined) return number;
  throw new LuaError(`attempt to perform arithmetic on a ${typeName(value)} value`);
}

export function toNumber(value: LuaValue): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isNaN(number) ? undefined : number;
}

/** Text of a value in a concatenation: Lua 5.1 prints numbers with 14 digits. */
export function textOf(value: LuaValue): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return numberText(value);
  throw new LuaError(`attempt to concatenate a ${typeName(value)} value`);
}

function numberText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e14) return String(value);
  return String(Number(value.toPrecision(14)));
}

function typeName(value: LuaValue): string {
  if (value === undefined) return 'nil';
  return value instanceof LuaTable ? 'table' : typeof value;
}

/** The `type` of Lua. */
export function luaType(value: LuaValue): string {
  return typeName(value);
}
