import * as pulumi from '@pulumi/pulumi';

/** Marks each value as a secret: the stack's state keeps it encrypted. */
export function secretValues(
  values: Readonly<Record<string, pulumi.Input<string>>>,
): Record<string, pulumi.Output<string>> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, pulumi.secret(value)]),
  );
}
