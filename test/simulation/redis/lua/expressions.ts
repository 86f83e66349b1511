import type { Expression, Frame, Scope } from './scope.ts';
import type { TokenReader } from './token-reader.ts';
import { isTrue, LuaError, LuaTable, numberOf, textOf, type LuaValue } from './values.ts';

/** A parsed expression. A call has many values, of which `one` is the first. */
export interface Parsed {
  readonly one: Expression;
  readonly many?: (frame: Frame) => readonly LuaValue[];
}

type Operator = (a: Expression, b: Expression) => Expression;

const comparisons: Record<string, Operator> = {
  '==': (a, b) => (frame) => a(frame) === b(frame),
  '~=': (a, b) => (frame) => a(frame) !== b(frame),
  '<': (a, b) => (frame) => compared(a(frame), b(frame)) < 0,
  '<=': (a, b) => (frame) => compared(a(frame), b(frame)) <= 0,
  '>': (a, b) => (frame) => compared(a(frame), b(frame)) > 0,
  '>=': (a, b) => (frame) => compared(a(frame), b(frame)) >= 0,
};
const sums: Record<string, Operator> = {
  '+': (a, b) => (frame) => numberOf(a(frame)) + numberOf(b(frame)),
  '-': (a, b) => (frame) => numberOf(a(frame)) - numberOf(b(frame)),
};
const products: Record<string, Operator> = {
  '*': (a, b) => (frame) => numberOf(a(frame)) * numberOf(b(frame)),
  '/': (a, b) => (frame) => numberOf(a(frame)) / numberOf(b(frame)),
  '%': (a, b) => (frame) => {
    const [dividend, divisor] = [numberOf(a(frame)), numberOf(b(frame))];
    return dividend - Math.floor(dividend / divisor) * divisor;
  },
};

/** Unlike numbers and strings do not compare. */
function compared(a: LuaValue, b: LuaValue): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : Number(a > b);
  throw new LuaError(`attempt to compare ${typeof a} with ${typeof b}`);
}

/** Compiles one expression to a function. */
export function parseExpression(reader: TokenReader, scope: Scope): Parsed {
  let left = parseAnd(reader, scope);
  while (reader.takes('or')) {
    const [a, b] = [left.one, parseAnd(reader, scope).one];
    left = {
      one: (frame) => {
        const value = a(frame);
        return isTrue(value) ? value : b(frame);
      },
    };
  }
  return left;
}

function parseAnd(reader: TokenReader, scope: Scope): Parsed {
  let left = parseComparison(reader, scope);
  while (reader.takes('and')) {
    const [a, b] = [left.one, parseComparison(reader, scope).one];
    left = {
      one: (frame) => {
        const value = a(frame);
        return isTrue(value) ? b(frame) : value;
      },
    };
  }
  return left;
}

function parseComparison(reader: TokenReader, scope: Scope): Parsed {
  return leftToRight(reader, comparisons, () => parseConcatenation(reader, scope));
}

function parseConcatenation(reader: TokenReader, scope: Scope): Parsed {
  const left = leftToRight(reader, sums, () =>
    leftToRight(reader, products, () => parseUnary(reader, scope)),
  );
  if (!reader.takes('..')) return left;
  const [a, b] = [left.one, parseConcatenation(reader, scope).one];
  return { one: (frame) => textOf(a(frame)) + textOf(b(frame)) };
}

function leftToRight(
  reader: TokenReader,
  operators: Readonly<Record<string, Operator>>,
  parse: () => Parsed,
): Parsed {
  let left = parse();
  while (reader.is(...Object.keys(operators))) {
    const operator = operators[reader.take().text];
    if (operator !== undefined) left = { one: operator(left.one, parse().one) };
  }
  return left;
}

function parseUnary(reader: TokenReader, scope: Scope): Parsed {
  if (reader.takes('not')) {
    const { one } = parseUnary(reader, scope);
    return { one: (frame) => !isTrue(one(frame)) };
  }
  if (reader.takes('-')) {
    const { one } = parseUnary(reader, scope);
    return { one: (frame) => -numberOf(one(frame)) };
  }
  if (reader.takes('#')) {
    const { one } = parseUnary(reader, scope);
    return {
      one: (frame) => {
        const value = one(frame);
        if (value instanceof LuaTable) return value.list.length;
        if (typeof value === 'string') return Buffer.byteLength(value);
        throw new LuaError('attempt to get the length of another value than a table or string');
      },
    };
  }
  return parseSuffixed(reader, scope);
}

/** A value with its fields, items and calls. */
function parseSuffixed(reader: TokenReader, scope: Scope): Parsed {
  let parsed = parsePrimary(reader, scope);
  for (;;) {
    const { one } = parsed;
    if (reader.takes('.')) parsed = item(one, constant(reader.name()));
    else if (reader.takes('[')) {
      parsed = item(one, parseExpression(reader, scope).one);
      reader.expect(']');
    } else if (reader.takes('(')) {
      const args = reader.is(')') ? [] : parseList(reader, scope);
      reader.expect(')');
      parsed = call(one, args);
    } else return parsed;
  }
}

function item(of: Expression, key: Expression): Parsed {
  return {
    one: (frame) => {
      const table = of(frame);
      if (!(table instanceof LuaTable))
        throw new LuaError('attempt to index another value than a table');
      return table.get(key(frame));
    },
  };
}

function call(callee: Expression, args: readonly Parsed[]): Parsed {
  const many = (frame: Frame) => {
    const target = callee(frame);
    if (typeof target !== 'function')
      throw new LuaError('attempt to call another value than a function');
    return target(valuesOf(args, frame));
  };
  return { many, one: (frame) => many(frame)[0] };
}

function parsePrimary(reader: TokenReader, scope: Scope): Parsed {
  if (reader.takes('(')) {
    const { one } = parseExpression(reader, scope);
    reader.expect(')');
    return { one };
  }
  const { kind, text } = reader.take();
  if (kind === 'name') return { one: scope.read(text) };
  if (kind === 'number') return { one: constant(Number(text)) };
  if (kind === 'string') return { one: constant(text) };
  if (text === 'nil') return { one: constant(undefined) };
  if (text === 'true' || text === 'false') return { one: constant(text === 'true') };
  throw new SyntaxError(`Lua: expected a value, got ${text}`);
}

function constant(value: LuaValue): Expression {
  return () => value;
}

export function parseList(reader: TokenReader, scope: Scope): Parsed[] {
  const list = [parseExpression(reader, scope)];
  while (reader.takes(',')) list.push(parseExpression(reader, scope));
  return list;
}

/** Values of a list of expressions: a call at its end gives all of its values. */
export function valuesOf(list: readonly Parsed[], frame: Frame): readonly LuaValue[] {
  const values: LuaValue[] = [];
  const last = list.length - 1;
  for (const [index, { one, many }] of list.entries()) {
    if (index === last && many !== undefined) {
      const rest = many(frame);
      if (values.length === 0) return rest;
      for (const value of rest) values.push(value);
    } else values.push(one(frame));
  }
  return values;
}
