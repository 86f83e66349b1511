import * as pulumi from '@pulumi/pulumi';

/** Parts of a prod stack that its canary stack uses, name to value: ids of networks, addresses of registries. */
export type ProdNetwork = Readonly<Record<string, string>>;

/** @throws RunError if the prod stack does not offer the part. */
export function prodNetworkPart(prodNetwork: ProdNetwork, part: string): string {
  const value = prodNetwork[part];
  if (value !== undefined && value !== '') return value;
  throw new pulumi.RunError(`perch:prodStack must offer ${part}: update the prod stack first`);
}
