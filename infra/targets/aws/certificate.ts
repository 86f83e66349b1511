import * as aws from '@pulumi/aws';
import type * as pulumi from '@pulumi/pulumi';
import { whenMade } from '../../shell/when-made.ts';

/** Requests a certificate for `domain`, validated by a record in its Route 53 `zone`. */
export function certificate(
  domain: string,
  zone: string,
  opts: pulumi.CustomResourceOptions,
): { readonly certificateArn: pulumi.Output<string>; readonly zoneId: pulumi.Output<string> } {
  const zoneId = aws.route53.getZoneOutput({ name: zone }, opts).zoneId;
  const requested = new aws.acm.Certificate(
    domain,
    { domainName: domain, validationMethod: 'DNS' },
    opts,
  );
  const proof = whenMade(requested.domainValidationOptions, ([option]) => ({
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
    opts,
  );
  const validated = new aws.acm.CertificateValidation(
    domain,
    { certificateArn: requested.arn, validationRecordFqdns: [record.fqdn] },
    opts,
  );
  return { certificateArn: validated.certificateArn, zoneId };
}
