import type * as pulumi from '@pulumi/pulumi';

/**
 * Value that is computed from outputs of resources. `pulumi destroy --run-program` runs the program
 * but makes nothing, so there the outputs of a resource that is already gone are undefined, against
 * their types. The value is then undefined too.
 */
export function whenMade<T, U>(
  output: pulumi.Output<T>,
  compute: (value: T) => U,
): pulumi.Output<U>;
export function whenMade<T, U>(
  output: pulumi.Output<T>,
  compute: (value: T) => U,
): pulumi.Output<U | undefined> {
  return output.apply((value) => (isMade(value) ? compute(value) : undefined));
}

function isMade(value: unknown): boolean {
  return Array.isArray(value) ? value.every(isMade) : value !== undefined;
}
