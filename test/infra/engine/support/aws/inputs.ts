import type { Properties } from '../../../../support/pulumi/stand-in-answers.ts';

/** Inputs that a program registered. Each must be handed to AWS: see {@link Inputs.refuseRest}. */
export class Inputs {
  readonly #values: Properties;
  readonly #taken = new Set<string>();

  constructor(values: Properties) {
    this.#values = values;
  }

  /** A value that must be there. */
  must(key: string): unknown {
    const value = this.may(key);
    if (value === undefined) throw new Error(`${key} must be set`);
    return value;
  }

  /** A value that may be there. */
  may(key: string): unknown {
    this.#taken.add(key);
    return this.#values[key];
  }

  text(key: string): string {
    return String(this.must(key));
  }

  /** `{member: value}`, or `{}` without the value. */
  as(member: string, key: string): Properties {
    const value = this.may(key);
    return value === undefined ? {} : { [member]: value };
  }

  /** Members whose names differ from those of the inputs in their first letter only. */
  capitalized(...keys: readonly string[]): Properties {
    return Object.assign({}, ...keys.map((key) => this.as(capitalize(key), key))) as Properties;
  }

  /** A nested object. */
  part(key: string): Inputs {
    return new Inputs((this.may(key) ?? {}) as Properties);
  }

  /** A list of nested objects. */
  parts(key: string): Inputs[] {
    return ((this.may(key) ?? []) as Properties[]).map((values) => new Inputs(values));
  }

  /** @throws Error if an input was not taken: the stand-in would have dropped it in silence. */
  refuseRest(): void {
    const rest = Object.keys(this.#values).filter((key) => !this.#taken.has(key));
    if (rest.length > 0) throw new Error(`the stand-in hands no ${rest.join(', ')} to AWS`);
  }
}

const secretSignature = '4dabf18193072939515e22adb298388d';

/** Values without the engine's wrapping of secrets. */
export function inTheClear(values: Properties): Properties {
  const unwrap = (_key: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && secretSignature in value && 'value' in value
      ? value.value
      : value;
  return JSON.parse(JSON.stringify(values, unwrap)) as Properties;
}

export function capitalize(key: string): string {
  return key.charAt(0).toUpperCase() + key.slice(1);
}
