import * as pulumi from '@pulumi/pulumi';

/** What a canary stack's hosts need to stand beside those of prod: what it is called, and which it is. */
export type Neighbourhood = Readonly<Record<string, string>>;

/** @throws RunError when the prod stack does not offer it. */
export function offeredPart(offered: Neighbourhood, part: string): string {
  const value = offered[part];
  if (value !== undefined && value !== '') return value;
  throw new pulumi.RunError(`perch:prodStack must offer ${part}: update the prod stack first`);
}
