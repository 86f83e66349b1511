import { parseExpression, parseList, valuesOf, type Parsed } from './expressions.ts';
import type { Frame, Scope } from './scope.ts';
import type { TokenReader } from './token-reader.ts';
import { isTrue, numberOf, type LuaValue } from './values.ts';

/** A compiled statement. Undefined unless the script returns: then the values that it returns. */
type Statement = (frame: Frame) => readonly LuaValue[] | undefined;

/** Compiles statements up to `end`, `else`, `elseif` or the end of the script. */
export function parseBlock(reader: TokenReader, scope: Scope): Statement {
  const statements: Statement[] = [];
  while (reader.next.kind !== 'end' && !reader.is('end', 'else', 'elseif')) {
    statements.push(parseStatement(reader, scope));
  }
  return (frame) => {
    for (const statement of statements) {
      const returned = statement(frame);
      if (returned !== undefined) return returned;
    }
    return undefined;
  };
}

function parseStatement(reader: TokenReader, scope: Scope): Statement {
  if (reader.takes('local')) return parseLocal(reader, scope);
  if (reader.takes('if')) return parseIf(reader, scope);
  if (reader.takes('for')) return parseFor(reader, scope);
  if (reader.takes('return')) {
    const list = reader.next.kind === 'end' || reader.is('end') ? [] : parseList(reader, scope);
    return (frame) => valuesOf(list, frame);
  }
  const isName = reader.next.kind === 'name';
  const { text } = reader.next;
  const expression = parseExpression(reader, scope);
  if (isName && reader.takes('=')) {
    const assign = scope.write(text);
    const value = parseExpression(reader, scope);
    return (frame) => assign(frame, value.one(frame)) as undefined;
  }
  if (expression.many === undefined) throw new SyntaxError(`Lua: ${text} is no statement`);
  return (frame) => void expression.many?.(frame);
}

function parseLocal(reader: TokenReader, scope: Scope): Statement {
  const names = [reader.name()];
  while (reader.takes(',')) names.push(reader.name());
  const list = reader.takes('=') ? parseList(reader, scope) : [];
  const declared = names.map((name) => scope.declare(name));
  return (frame) => {
    const values = valuesOf(list, frame);
    for (let index = 0; index < declared.length; index += 1)
      declared[index]?.(frame, values[index]);
    return undefined;
  };
}

function parseIf(reader: TokenReader, scope: Scope): Statement {
  const branches: { readonly condition: Parsed; readonly block: Statement }[] = [];
  do {
    const condition = parseExpression(reader, scope);
    reader.expect('then');
    branches.push({ condition, block: parseBlock(reader, scope.inner()) });
  } while (reader.takes('elseif'));
  const otherwise = reader.takes('else') ? parseBlock(reader, scope.inner()) : undefined;
  reader.expect('end');
  return (frame) => {
    const branch = branches.find(({ condition }) => isTrue(condition.one(frame)));
    return (branch?.block ?? otherwise)?.(frame);
  };
}

function parseFor(reader: TokenReader, outer: Scope): Statement {
  const name = reader.name();
  reader.expect('=');
  const bounds = parseList(reader, outer);
  reader.expect('do');
  const scope = outer.inner();
  const declare = scope.declare(name);
  const block = parseBlock(reader, scope);
  reader.expect('end');
  return (frame) => {
    const [first, last, step = 1] = valuesOf(bounds, frame).map(numberOf);
    if (first === undefined || last === undefined) throw new SyntaxError('Lua: for needs bounds');
    for (let index = first; step > 0 ? index <= last : index >= last; index += step) {
      declare(frame, index);
      const returned = block(frame);
      if (returned !== undefined) return returned;
    }
    return undefined;
  };
}
