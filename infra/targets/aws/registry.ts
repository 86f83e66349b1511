import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Registry } from '../../images/registry.ts';
import { accountName } from './account-name.ts';

/**
 * Images that stay in a repository. A release that serves is one of several builds: canaries and builds
 * that failed are pushed there too. The last 20 releases that served stay if one build of five serves.
 */
const keptImages = 100;

export interface EcrRepositoriesArgs {
  /** Last parts of the repositories' names. */
  readonly repositories: readonly string[];
}

/** One ECR repository for each image of the service. Prod makes them; its canaries push there too. */
export class EcrRepositories extends pulumi.ComponentResource {
  /** `host/path` that all of them share. */
  readonly address: pulumi.Output<string>;
  readonly arns: pulumi.Output<string[]>;

  constructor(name: string, args: EcrRepositoriesArgs, opts?: pulumi.ComponentResourceOptions) {
    super('perch:aws:Repositories', name, {}, opts);
    const made = args.repositories.map((repository) => this.#make(name, repository));
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
        name: `${accountName(name)}/${repository}`,
        // Containers name digests, so a tag may move. A scan reports known vulnerabilities.
        imageTagMutability: 'MUTABLE',
        imageScanningConfiguration: { scanOnPush: true },
        encryptionConfigurations: [{ encryptionType: 'AES256' }],
        forceDelete: true,
      },
      // Releases before 0.3 named it by the service only; another name would replace the repository.
      { ...inside, ignoreChanges: ['name'] },
    );
    const policy = JSON.stringify(lifecyclePolicy(keptImages));
    const lifecycle = new aws.ecr.LifecyclePolicy(
      repository,
      { repository: created.name, policy },
      // A repository has one policy: the end of the old one must not undo the new one.
      { ...inside, deleteBeforeReplace: true },
    );
    return { url: created.repositoryUrl, arn: created.arn, lifecycle };
  }
}

/** This account's registry at `address`, with a login that is new at each update: it lasts 12 hours. */
export function ecrRegistry(address: pulumi.Input<string>, opts: pulumi.InvokeOptions): Registry {
  return withToken(address, {}, opts);
}

function withToken(
  address: pulumi.Input<string>,
  args: aws.ecr.GetAuthorizationTokenOutputArgs,
  opts: pulumi.InvokeOptions,
): Registry {
  const token = aws.ecr.getAuthorizationTokenOutput(args, opts);
  return { address, username: token.userName, password: pulumi.secret(token.password) };
}

const ecrServer = /^\d{12}\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\//;

/**
 * The configured registry. If it is one of ECR and no login is configured, it gets a new one at each
 * update, because a configured one would end after 12 hours.
 */
export function loggedIn(
  registry: Registry | undefined,
  opts: pulumi.InvokeOptions,
): Registry | undefined {
  if (registry === undefined || registry.password !== undefined) return registry;
  const { address } = registry;
  const region = typeof address === 'string' ? ecrServer.exec(address)?.[1] : undefined;
  return region === undefined ? registry : withToken(address, { region }, opts);
}

/** Lifecycle policy that keeps the `count` newest images, whatever their tag. */
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
