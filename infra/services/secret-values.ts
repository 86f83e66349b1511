import * as pulumi from '@pulumi/pulumi';

/** The same names, each value kept encrypted in the stack's state. */
export function secretValues(
  values: Readonly<Record<string, string>>,
): Record<string, pulumi.Output<string>> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, pulumi.secret(value)]),
  );
}
