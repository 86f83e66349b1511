/** Values of `secretEnvironment` that come from the environment of the deployment: `env:NAME`. */

const prefix = 'env:';
const variable = /^[A-Za-z_][A-Za-z0-9_]*$/;

type Environment = Readonly<Record<string, string | undefined>>;
type Texts = Readonly<Record<string, string>>;

/** True if every value is a reference, so that none of them is a secret. */
export function areReferences(values: Texts): boolean {
  return Object.values(values).every((value) => nameIn(value) !== undefined);
}

/** Problem of each reference to a variable that has no value, by the name that is to get it. */
export function missingReferences(values: Texts, environment: Environment): [string, string][] {
  return Object.entries(values).flatMap(([name, value]): [string, string][] => {
    if (!value.startsWith(prefix)) return [];
    const from = nameIn(value);
    if (from === undefined) {
      return [[name, `must be ${prefix} and the name of a variable (its value is not shown)`]];
    }
    // A CI system sets a secret that it does not have to empty text.
    if ((environment[from] ?? '') !== '') return [];
    return [[name, `must name a variable that has a value in this environment, got ${value}`]];
  });
}

/** The values with those of their variables in place of the references. */
export function withReferences(values: Texts, environment: Environment): Texts {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, resolved(value, environment)]),
  );
}

function resolved(value: string, environment: Environment): string {
  const from = nameIn(value);
  return from === undefined ? value : (environment[from] ?? '');
}

/** Name of the variable in a reference; undefined for any other value. */
function nameIn(value: string): string | undefined {
  const name = value.slice(prefix.length);
  return value.startsWith(prefix) && variable.test(name) ? name : undefined;
}
