import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';

/** Operators of a condition and their words, in the order in which a form offers them. */
export const operators = {
  '==': 'is',
  '!=': 'is not',
  in: 'is one of',
  'not in': 'is none of',
  contains: 'contains',
  starts_with: 'starts with',
  ends_with: 'ends with',
  '<': 'is less than',
  '<=': 'is at most',
  '>': 'is more than',
  '>=': 'is at least',
  'sem_ver =': 'is version',
  'sem_ver <': 'is before version',
  'sem_ver <=': 'is at most version',
  'sem_ver >': 'is after version',
  'sem_ver >=': 'is at least version',
  'sem_ver ^': 'has the major version of',
  'sem_ver ~': 'has the minor version of',
} as const;

export type Operator = keyof typeof operators;
export const operatorNames = Object.keys(operators).filter(isOperator);

const scalar = z.union([z.string(), z.number(), z.boolean()]);
type Scalar = z.infer<typeof scalar>;

/** One comparison of an attribute of the evaluation context, as a form can show it. */
export interface TargetingCondition {
  readonly attribute: string;
  readonly operator: Operator;
  /** Value or values to compare with, as a person types them; see {@link conditionJson}. */
  readonly value: string;
}

const lists: readonly Operator[] = ['in', 'not in'];
const numeric: readonly Operator[] = ['<', '<=', '>', '>='];

const variable = z.strictObject({ var: z.string().min(1) });
const equality = z.tuple([variable, scalar]);
const order = z.tuple([variable, z.number()]);
const ofText = z.tuple([variable, z.string()]);
const version = z.tuple([variable, z.string(), z.string()]);
const oneOf = z.tuple([variable, z.array(scalar).min(1)]);
const containing = z.tuple([z.string(), variable]);
const membership = z.strictObject({ in: oneOf });
const one = z.record(z.string(), z.unknown());

/** Reads a condition of flagd's targeting; undefined if a form cannot show it, and write it again. */
export function conditionIn(json: unknown): TargetingCondition | undefined {
  const found = readCondition(json);
  if (found === undefined || valueRule(found) !== undefined) return undefined;
  if (found.attribute !== found.attribute.trim()) return undefined;
  const isSame = found.operator === 'not in' || isDeepStrictEqual(conditionJson(found), json);
  return isSame ? found : undefined;
}

function readCondition(json: unknown): TargetingCondition | undefined {
  const entries = Object.entries(one.safeParse(json).data ?? {});
  const [entry, ...others] = entries;
  if (entry === undefined || others.length > 0) return undefined;
  const [name, operands] = entry;
  switch (name) {
    case '==':
    case '!=': {
      const [attribute, value] = equality.safeParse(operands).data ?? [];
      return value === undefined ? undefined : condition(attribute, name, scalarText(value));
    }
    case '<':
    case '<=':
    case '>':
    case '>=': {
      const [attribute, value] = order.safeParse(operands).data ?? [];
      return condition(attribute, name, String(value));
    }
    case 'starts_with':
    case 'ends_with': {
      const [attribute, value] = ofText.safeParse(operands).data ?? [];
      return value === undefined ? undefined : condition(attribute, name, value);
    }
    case 'sem_ver': {
      const [attribute, relation, value] = version.safeParse(operands).data ?? [];
      const operator = operatorNames.find((known) => known === `sem_ver ${relation}`);
      if (operator === undefined || value === undefined) return undefined;
      return condition(attribute, operator, value);
    }
    case 'in':
      return memberIn(operands, 'in') ?? containedIn(operands);
    case '!': {
      const inner: unknown =
        Array.isArray(operands) && operands.length === 1 ? operands[0] : operands;
      return memberIn(membership.safeParse(inner).data?.in, 'not in');
    }
    default:
      return undefined;
  }
}

function memberIn(operands: unknown, operator: 'in' | 'not in'): TargetingCondition | undefined {
  const [attribute, values = []] = oneOf.safeParse(operands).data ?? [];
  return condition(attribute, operator, values.map((value) => scalarText(value, ',')).join(', '));
}

function containedIn(operands: unknown): TargetingCondition | undefined {
  const [value = '', attribute] = containing.safeParse(operands).data ?? [];
  return condition(attribute, 'contains', value);
}

function condition(
  attribute: z.infer<typeof variable> | undefined,
  operator: Operator,
  value: string,
): TargetingCondition | undefined {
  return attribute === undefined ? undefined : { attribute: attribute.var, operator, value };
}

/** Rule that the value of a condition breaks; undefined if it breaks none. */
export function valueRule({ operator, value }: TargetingCondition): string | undefined {
  if (value.trim() === '') return 'must be given';
  if (numeric.includes(operator) && typeof scalarIn(value) !== 'number') return 'must be a number';
  if (operator.startsWith('sem_ver') && !semVer.test(value.trim())) {
    return 'must be a version such as 1.2.3';
  }
  return undefined;
}

/** A version by semver.org, as flagd's schema wants it. */
const semVer =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-z-][\da-z-]*)(\.(0|[1-9]\d*|\d*[a-z-][\da-z-]*))*)?(\+[\da-z-]+(\.[\da-z-]+)*)?$/i;

/**
 * Writes a condition in flagd's targeting. `is` and the lists read 12 as a number, true and false as
 * such, and everything else as text; "12" in double quotes is text. A list is separated by commas.
 */
export function conditionJson({ attribute, operator, value }: TargetingCondition): object {
  const subject = { var: attribute };
  switch (operator) {
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return { [operator]: [subject, scalarIn(value)] };
    case 'in':
      return { in: [subject, listIn(value)] };
    case 'not in':
      return { '!': { in: [subject, listIn(value)] } };
    case 'contains':
      return { in: [value, subject] };
    case 'starts_with':
    case 'ends_with':
      return { [operator]: [subject, value] };
    case 'sem_ver =':
    case 'sem_ver <':
    case 'sem_ver <=':
    case 'sem_ver >':
    case 'sem_ver >=':
    case 'sem_ver ^':
    case 'sem_ver ~':
      return { sem_ver: [subject, operator.replace('sem_ver ', ''), value.trim()] };
  }
}

/** Says a condition in words: `whose track is "canary"`. */
export function conditionText({ attribute, operator, value }: TargetingCondition): string {
  const shown = lists.includes(operator)
    ? listIn(value)
        .map((each) => JSON.stringify(each))
        .join(', ')
    : JSON.stringify(operator === '==' || operator === '!=' ? scalarIn(value) : value);
  const isPlain = numeric.includes(operator) || operator.startsWith('sem_ver');
  return `whose ${attribute} ${operators[operator]} ${isPlain ? value.trim() : shown}`;
}

const number = /^-?\d+(\.\d+)?$/;
const piece = /\s*("(?:[^"\\]|\\.)*"(?=\s*(?:,|$))|[^,]*)\s*(?:,|$)/gy;

function listIn(text: string): Scalar[] {
  return [...text.matchAll(piece)]
    .map(([, found = '']) => found.trim())
    .filter((found) => found !== '')
    .map(scalarIn);
}

function scalarIn(text: string): Scalar {
  const word = text.trim();
  if (number.test(word)) return Number(word);
  if (word === 'true' || word === 'false') return word === 'true';
  return quotedIn(word) ?? word;
}

function quotedIn(word: string): string | undefined {
  if (!/^".*"$/.test(word)) return undefined;
  try {
    return z.string().safeParse(JSON.parse(word)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Text from which {@link scalarIn} reads the value. */
function scalarText(value: Scalar, separator?: string): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  const isPlain =
    scalarIn(value) === value &&
    value !== '' &&
    (separator === undefined || !value.includes(separator));
  return isPlain ? value : JSON.stringify(value);
}

function isOperator(name: string): name is Operator {
  return Object.hasOwn(operators, name);
}
