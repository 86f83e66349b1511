import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';

export interface AwsProviderArgs {
  readonly service: string;
  readonly region: string;
  /** Tags of every resource, name to value. */
  readonly tags: Readonly<Record<string, string>>;
}

/** @throws RunError if AWS has no such region. */
export function awsProvider({ service, region, tags }: AwsProviderArgs): aws.Provider {
  return new aws.Provider('aws', {
    region: knownRegion(region),
    defaultTags: { tags: { service, ...tags } },
  });
}

function knownRegion(name: string): aws.Region {
  const known = Object.values(aws.Region).find((region) => region === name);
  if (known !== undefined) return known;
  throw new pulumi.RunError(`perch:region must be a region of AWS, got ${name}`);
}
