/** Functions of the provider, which look something up and make nothing. */
import type { Properties } from '../../../../support/pulumi/stand-in-answers.ts';
import { AwsRefusal } from './aws-calls.ts';
import type { Aws } from './aws-resource.ts';
import type { Inputs } from './inputs.ts';

type AwsFunction = (aws: Aws, inputs: Inputs) => Promise<Properties>;

const filters = (inputs: Inputs) =>
  inputs.parts('filters').map((filter) => filter.capitalized('name', 'values'));

const getAmi: AwsFunction = async (aws, inputs) => {
  const found = await aws.call('ec2:DescribeImages', {
    ...inputs.capitalized('owners'),
    Filters: filters(inputs),
  });
  const takesNewest = inputs.may('mostRecent') === true;
  const images = found['Images'] as { ImageId: string; CreationDate: string }[];
  const newestFirst = images.toSorted((a, b) => b.CreationDate.localeCompare(a.CreationDate));
  const [newest] = newestFirst;
  if (newest === undefined || (images.length > 1 && !takesNewest))
    throw new Error(`${images.length} images match`);
  return { id: newest.ImageId };
};

const getAvailabilityZones: AwsFunction = async (aws, inputs) => {
  const state = inputs.may('state');
  const found = await aws.call('ec2:DescribeAvailabilityZones', {
    Filters: [
      ...filters(inputs),
      ...(state === undefined ? [] : [{ Name: 'state', Values: [state] }]),
    ],
  });
  const zones = found['AvailabilityZones'] as { ZoneName: string }[];
  return { names: zones.map(({ ZoneName }) => ZoneName).toSorted() };
};

const getCallerIdentity: AwsFunction = async (aws) => {
  const { Account } = await aws.call('sts:GetCallerIdentity', {});
  return { accountId: Account };
};

let logins = 0;

/** Each login differs, as on AWS. */
const getAuthorizationToken: AwsFunction = async (aws, inputs) => {
  inputs.may('region');
  const found = await aws.call('ecr:GetAuthorizationToken', {});
  const [{ authorizationToken }] = found['authorizationData'] as [{ authorizationToken: string }];
  const [userName, password] = Buffer.from(authorizationToken, 'base64').toString().split(':');
  return { userName, password: `${password}-${process.pid}-${(logins += 1)}` };
};

const getZone: AwsFunction = async (aws, inputs) => {
  const DNSName = inputs.text('name');
  const found = await aws.call('route53:ListHostedZonesByName', { DNSName });
  const zones = found['HostedZones'] as { Id: string; Name: string }[];
  const zone = zones.find(({ Name }) => Name === `${DNSName}.`);
  if (zone === undefined) throw new Error(`no matching Route 53 Hosted Zone found: ${DNSName}`);
  return { zoneId: zone.Id.replace('/hostedzone/', '') };
};

const getEmailIdentity: AwsFunction = async (aws, inputs) => {
  const EmailIdentity = inputs.text('emailIdentity');
  try {
    const { VerifiedForSendingStatus } = await aws.call('sesv2:GetEmailIdentity', {
      EmailIdentity,
    });
    return { verifiedForSendingStatus: VerifiedForSendingStatus };
  } catch (error) {
    if (!(error instanceof AwsRefusal) || error.code !== 'NotFoundException') throw error;
    throw new Error(
      `reading SESv2 (Simple Email V2) Email Identity (${EmailIdentity}): couldn't find resource`,
      { cause: error },
    );
  }
};

export const functions: Record<string, AwsFunction> = {
  'aws:ec2/getAmi:getAmi': getAmi,
  'aws:index/getAvailabilityZones:getAvailabilityZones': getAvailabilityZones,
  'aws:index/getCallerIdentity:getCallerIdentity': getCallerIdentity,
  'aws:ecr/getAuthorizationToken:getAuthorizationToken': getAuthorizationToken,
  'aws:route53/getZone:getZone': getZone,
  'aws:sesv2/getEmailIdentity:getEmailIdentity': getEmailIdentity,
};
