/** Route 53 and ACM: host names and their certificates. */
import type { Properties } from '../../../../support/pulumi/stand-in-answers.ts';
import { NotThere, tagList, type Aws, type AwsResource } from './aws-resource.ts';
import { Inputs } from './inputs.ts';

const certificate: AwsResource = {
  fixed: ['domainName', 'validationMethod', 'subjectAlternativeNames'],
  async create(aws, inputs) {
    const made = await aws.call('acm:RequestCertificate', {
      ...inputs.capitalized('domainName', 'validationMethod', 'subjectAlternativeNames'),
      Tags: tagList(aws.tagsOf(inputs)),
    });
    return String(made['CertificateArn']);
  },
  async read(aws, id) {
    const { DomainValidationOptions } = await certificateOf(aws, id);
    const options = DomainValidationOptions as {
      DomainName: string;
      ResourceRecord: Record<string, string>;
    }[];
    return {
      arn: id,
      domainValidationOptions: options.map(({ DomainName, ResourceRecord }) => ({
        domainName: DomainName,
        resourceRecordName: ResourceRecord['Name'],
        resourceRecordType: ResourceRecord['Type'],
        resourceRecordValue: ResourceRecord['Value'],
      })),
    };
  },
  async delete(aws, id) {
    await aws.call('acm:DeleteCertificate', { CertificateArn: id });
  },
};

async function certificateOf(aws: Aws, id: string): Promise<Properties> {
  const found = await aws.call('acm:DescribeCertificate', { CertificateArn: id });
  return found['Certificate'] as Properties;
}

/** The real provider makes nothing for it, and waits until the certificate is issued. */
const certificateValidation: AwsResource = {
  fixed: ['certificateArn'],
  async create(aws, inputs) {
    const arn = inputs.text('certificateArn');
    const { DomainValidationOptions } = await certificateOf(aws, arn);
    const options = DomainValidationOptions as { ResourceRecord: { Name: string } }[];
    const proofs = (inputs.must('validationRecordFqdns') as string[]).map((name) => absolute(name));
    for (const { ResourceRecord } of options) {
      if (!proofs.includes(absolute(ResourceRecord.Name))) {
        throw new Error(`${ResourceRecord.Name} is not among ${proofs.join(', ')}`);
      }
    }
    return arn;
  },
  async read(aws, id) {
    await certificateOf(aws, id);
    return {};
  },
  async delete() {
    // Nothing was made.
  },
};

const absolute = (name: string) => (name.endsWith('.') ? name : `${name}.`);

function recordSet(inputs: Inputs): Properties {
  const [alias] = inputs.parts('aliases');
  const records = (inputs.may('records') ?? []) as string[];
  const set = {
    ...inputs.capitalized('name', 'type'),
    ...inputs.as('TTL', 'ttl'),
    ...(records.length > 0 && { ResourceRecords: records.map((Value) => ({ Value })) }),
    ...(alias !== undefined && {
      AliasTarget: {
        HostedZoneId: alias.must('zoneId'),
        DNSName: alias.must('name'),
        EvaluateTargetHealth: alias.must('evaluateTargetHealth'),
      },
    }),
  };
  alias?.refuseRest();
  return set;
}

function change(aws: Aws, Action: string, inputs: Inputs) {
  return aws.call('route53:ChangeResourceRecordSets', {
    HostedZoneId: inputs.must('zoneId'),
    ChangeBatch: { Changes: [{ Action, ResourceRecordSet: recordSet(inputs) }] },
  });
}

const record: AwsResource = {
  fixed: ['zoneId', 'name', 'type'],
  async create(aws, inputs) {
    await change(aws, inputs.may('allowOverwrite') === true ? 'UPSERT' : 'CREATE', inputs);
    return [inputs.text('zoneId'), inputs.text('name'), inputs.text('type')].join('_');
  },
  async read(aws, id, { zoneId, name, type }) {
    const found = await aws.call('route53:ListResourceRecordSets', { HostedZoneId: zoneId });
    const sets = found['ResourceRecordSets'] as { Name: string; Type: string }[];
    const isThis = (set: { Name: string; Type: string }) =>
      set.Name === absolute(String(name)) && set.Type === type;
    if (!sets.some((set) => isThis(set))) throw new NotThere(`there is no record ${id}`);
    return { fqdn: name };
  },
  async delete(aws, _id, state) {
    await change(aws, 'DELETE', new Inputs(state));
  },
};

export const names: Record<string, AwsResource> = {
  'aws:acm/certificate:Certificate': certificate,
  'aws:acm/certificateValidation:CertificateValidation': certificateValidation,
  'aws:route53/record:Record': record,
};
