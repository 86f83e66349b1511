export interface Token {
  readonly kind: 'name' | 'keyword' | 'number' | 'string' | 'symbol' | 'end';
  readonly text: string;
}

const keywords = new Set(
  'and do else elseif end false for if in local nil not or return then true'.split(' '),
);
const pattern =
  /(?<space>\s+|--[^\n]*)|(?<name>[A-Za-z_]\w*)|(?<number>\d+(?:\.\d+)?)|'(?<single>[^'\\\n]*)'|"(?<double>[^"\\\n]*)"|(?<symbol>\.\.|==|~=|<=|>=|[-+*/%#=<>(){}[\].,;])/y;

/**
 * Tokens of the part of Lua that the scripts use.
 * @throws SyntaxError at anything else, such as an escape in a string.
 */
export function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  pattern.lastIndex = 0;
  while (pattern.lastIndex < source.length) {
    const at = pattern.lastIndex;
    const groups = pattern.exec(source)?.groups;
    if (groups === undefined) throw new SyntaxError(`unknown Lua at: ${source.slice(at, at + 40)}`);
    const { space, name, number, symbol } = groups;
    const string = groups['single'] ?? groups['double'];
    if (space !== undefined) continue;
    if (name !== undefined) {
      tokens.push({ kind: keywords.has(name) ? 'keyword' : 'name', text: name });
    } else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (string !== undefined) tokens.push({ kind: 'string', text: string });
    else if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol });
  }
  return [...tokens, { kind: 'end', text: 'end of script' }];
}
