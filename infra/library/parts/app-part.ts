import * as pulumi from '@pulumi/pulumi';
import type { Track } from '../../../runtime/contract/names.ts';
import type { Control } from '../../release/control.ts';
import { shortDigest } from '../../images/image.ts';
import { App, type AppArgs } from '../../services/app.ts';
import { secretValues } from '../../services/secret-values.ts';
import { whenMade } from '../../shell/when-made.ts';
import { partImage, type PartImageArgs } from './part-image.ts';
import { setValues } from './set-values.ts';
import { typedDefaults } from './typed-defaults.ts';

type Needed = 'service' | 'hosts' | 'redis';
type Own = Needed | 'track' | 'version' | 'image' | 'control';

/** Arguments of the members of a service. What is not given has the default of a stack. */
export type AppPartArgs = Pick<AppArgs, Needed> &
  Partial<Omit<AppArgs, Own>> &
  PartImageArgs & {
    /** Monitor that runs the commands of members. */
    readonly monitor: { readonly control: Control };
    /** Default: stable. */
    readonly track?: Track;
    /** Name of the release. Default: the start of the image's digest. */
    readonly version?: pulumi.Input<string>;
  };

/** The members of one track of a service, one for each of `hosts`. A new image swaps them one by one. */
export class AppPart extends App {
  /** The application's own environment, name to value. Secret if it has secrets. */
  readonly environment: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: AppPartArgs, opts?: pulumi.ComponentResourceOptions) {
    super(name, appArgs(name, args, opts), opts);
    const { environment = {}, secretEnvironment = {} } = args;
    this.environment = pulumi.output({ ...environment, ...secretValues(secretEnvironment) });
  }
}

function appArgs(
  name: string,
  args: AppPartArgs,
  opts: pulumi.ComponentResourceOptions | undefined,
): AppArgs {
  const { image, pullLogins: _logins, monitor, track = 'stable', hosts } = args;
  const { appPort: port, healthPath, healthCommand, memoryLimitMiB, memoryCapMiB } = typedDefaults;
  const { startTimeoutSeconds, drainTimeoutSeconds, swapAtOnce, swapJudgeSeconds } = typedDefaults;
  const usual = { port, healthPath, healthCommand, memoryLimitMiB, memoryCapMiB, swapAtOnce };
  return {
    ...usual,
    startTimeoutSeconds,
    drainTimeoutSeconds,
    // The monitors judge a canary.
    swapJudgeSeconds: track === 'stable' ? swapJudgeSeconds : 0,
    environment: {},
    secretEnvironment: {},
    flagsUrl: undefined,
    roleAccess: undefined,
    log: undefined,
    healthHost: undefined,
    after: [],
    ...setValues(args),
    track,
    version:
      args.version === undefined
        ? whenMade(pulumi.output(image), shortDigest)
        : pulumi.output(args.version),
    image: partImage(name, args, hosts, opts),
    control: monitor.control,
  };
}
