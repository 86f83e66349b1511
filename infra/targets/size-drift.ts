import * as pulumi from '@pulumi/pulumi';
import { architectureOfSize, type Architecture } from '../../runtime/contract/architecture.ts';

export interface SizedHost {
  /** Name in the release document. */
  readonly host: string;
  /** Size that its machine has. */
  readonly size: pulumi.Output<string>;
}

/** Warns of hosts whose machines do not have the configured size, and names the command that changes them. */
export function warnOfSizes(hosts: readonly SizedHost[], wanted: string): void {
  pulumi
    .all(hosts.map(({ host, size }) => size.apply((actual) => ({ host, actual }))))
    .apply(async (sizes) => {
      const text = sizeWarning(sizes, wanted, pulumi.getStack());
      if (text !== undefined) await pulumi.log.warn(text);
    });
}

/**
 * Refuses hosts whose machines have another architecture than the images that are built: an update
 * changes no running machine, so a new size of another architecture would leave them without images.
 */
export function refuseOtherArchitectures(
  hosts: readonly SizedHost[],
  wanted: { readonly size: string; readonly architecture: Architecture },
): void {
  for (const { host, size } of hosts) {
    size.apply((actual) => {
      if (architectureOfSize(actual) === wanted.architecture) return;
      throw new pulumi.RunError(
        `perch:size must be of the architecture that the hosts have: ${wanted.size} is ${wanted.architecture}, and ${host} has ${actual}, ${architectureOfSize(actual)}`,
      );
    });
  }
}

/** Text of the warning; undefined if every host has the size. */
function sizeWarning(
  sizes: readonly { readonly host: string; readonly actual: string }[],
  wanted: string,
  stack: string,
): string | undefined {
  const others = sizes.filter(({ actual }) => actual !== wanted);
  if (others.length === 0) return undefined;
  const list = others.map(({ host, actual }) => `${host} has ${actual}`).join(', ');
  return (
    `perch:size is ${wanted}, but ${list}. An update changes no running machine, because that ` +
    `would take all hosts down together; npx perch host resize --stack ${stack} changes one after the other`
  );
}
