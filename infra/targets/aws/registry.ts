import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Registry } from '../../images/image.ts';

const keptImages = 20;

/** One ECR repository for each image of the service. Prod has them; its canaries push there too. */
export class EcrRepositories extends pulumi.ComponentResource {
  /** `host/path` of all of them. */
  readonly address: pulumi.Output<string>;
  readonly arns: pulumi.Output<string[]>;

  constructor(
    name: string,
    repositories: readonly string[],
    options?: pulumi.ComponentResourceOptions,
  ) {
    super('perch:aws:Repositories', name, {}, options);
    const made = repositories.map((repository) => this.#make(name, repository));
    this.address = pulumi
      .all(made.map(({ url }) => url))
      .apply(([first = '']) => first.slice(0, first.lastIndexOf('/')));
    this.arns = pulumi.all(made.map(({ arn }) => arn));
    this.registerOutputs({ address: this.address });
  }

  #make(name: string, repository: string) {
    const inside = { parent: this };
    const created = new aws.ecr.Repository(
      repository,
      {
        name: `${name}/${repository}`,
        // Digests name what runs, so a tag may move; a scan tells what is known to be broken.
        imageTagMutability: 'MUTABLE',
        imageScanningConfiguration: { scanOnPush: true },
        encryptionConfigurations: [{ encryptionType: 'AES256' }],
        forceDelete: true,
      },
      inside,
    );
    const policy = JSON.stringify(lifecyclePolicy(keptImages));
    const lifecycle = new aws.ecr.LifecyclePolicy(
      repository,
      { repository: created.name, policy },
      inside,
    );
    return { url: created.repositoryUrl, arn: created.arn, lifecycle };
  }
}

/** How this account logs in to its registry at `address`. */
export function ecrRegistry(
  address: pulumi.Input<string>,
  options: pulumi.InvokeOptions,
): Registry {
  const token = aws.ecr.getAuthorizationTokenOutput({}, options);
  return { address, username: token.userName, password: pulumi.secret(token.password) };
}

/** Keeps the newest images only, whatever their tag. */
export function lifecyclePolicy(count: number) {
  return {
    rules: [
      {
        rulePriority: 1,
        description: `keep the newest ${count}`,
        selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: count },
        action: { type: 'expire' },
      },
    ],
  };
}
