import * as aws from '@pulumi/aws';
import type * as pulumi from '@pulumi/pulumi';

/** A certificate for `domain`, proved by a record in its Route 53 `zone`. */
export function certificate(
  domain: string,
  zone: string,
  parent: pulumi.Resource,
): { readonly certificateArn: pulumi.Output<string>; readonly zoneId: pulumi.Output<string> } {
  const inside = { parent };
  const zoneId = aws.route53.getZoneOutput({ name: zone }, inside).zoneId;
  const requested = new aws.acm.Certificate(
    domain,
    { domainName: domain, validationMethod: 'DNS' },
    inside,
  );
  const proof = requested.domainValidationOptions.apply(([option]) => ({
    name: option?.resourceRecordName ?? '',
    value: option?.resourceRecordValue ?? '',
  }));
  const record = new aws.route53.Record(
    `${domain}-proof`,
    {
      zoneId,
      name: proof.name,
      type: 'CNAME',
      ttl: 300,
      records: [proof.value],
      allowOverwrite: true,
    },
    inside,
  );
  const validated = new aws.acm.CertificateValidation(
    domain,
    { certificateArn: requested.arn, validationRecordFqdns: [record.fqdn] },
    inside,
  );
  return { certificateArn: validated.certificateArn, zoneId };
}
