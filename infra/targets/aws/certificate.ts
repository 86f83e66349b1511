import * as aws from '@pulumi/aws';
import type * as pulumi from '@pulumi/pulumi';
import { whenMade } from '../../shell/when-made.ts';
import { dnsName } from '../dns-name.ts';

/** A certificate of ACM, with the Route 53 zone of each of its hosts, in their order. */
export interface AcmCertificate {
  readonly certificateArn: pulumi.Output<string>;
  readonly zones: readonly pulumi.Output<string>[];
}

/**
 * Requests a certificate for `hosts`, at least one, validated by a record of each in Route 53.
 * @param dnsZone zone of all of them. Default: each without its first label.
 */
export function certificate(
  hosts: readonly string[],
  dnsZone: string | undefined,
  opts: pulumi.CustomResourceOptions,
): AcmCertificate {
  const [first = '', ...others] = hosts;
  const zones = hosts.map(
    (host) => aws.route53.getZoneOutput({ name: dnsName(host, dnsZone).zone }, opts).zoneId,
  );
  const requested = new aws.acm.Certificate(
    first,
    {
      domainName: first,
      validationMethod: 'DNS',
      ...(others.length > 0 && { subjectAlternativeNames: others }),
    },
    opts,
  );
  const proofs = hosts.map((host, index) => {
    const proof = whenMade(requested.domainValidationOptions, (options) => {
      const option = options.find(({ domainName }) => domainName === host);
      return {
        name: option?.resourceRecordName ?? '',
        value: option?.resourceRecordValue ?? '',
      };
    });
    return new aws.route53.Record(
      `${host}-proof`,
      {
        zoneId: zones[index] ?? '',
        name: proof.name,
        type: 'CNAME',
        ttl: 300,
        records: [proof.value],
        allowOverwrite: true,
      },
      opts,
    );
  });
  const validated = new aws.acm.CertificateValidation(
    first,
    {
      certificateArn: requested.arn,
      validationRecordFqdns: proofs.map(({ fqdn }) => fqdn),
    },
    opts,
  );
  return { certificateArn: validated.certificateArn, zones };
}
