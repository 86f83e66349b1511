import type { local, remote } from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import type { Track } from '../../runtime/contract/names.ts';
import type { ReleaseEnd } from '../../runtime/contract/release-record.ts';
import { shellCommand } from '../hosts/shell-command.ts';
import { inMonitorWithInput } from '../shell/in-monitor.ts';
import { perchVersion } from '../shell/perch-version.ts';
import type { Control } from './control.ts';

export interface RecordedReleaseArgs {
  readonly control: Control;
  readonly track: Track;
  readonly version: pulumi.Output<string>;
  /** The application's image. */
  readonly image: pulumi.Output<string>;
  /** Perch's own image. */
  readonly runtimeImage: pulumi.Output<string>;
  /** Resources created before it: the members of the track. */
  readonly after: readonly pulumi.Resource[];
}

const outcome: ReleaseEnd = 'served';

/**
 * Records a release once its members serve, so that one of a plain `pulumi up` is in the history too.
 * A release that cannot be recorded is out nevertheless: the command then only says so. The monitor of
 * a canary's prod stack may be older than this program, and not know the command.
 */
export function recordedRelease(
  name: string,
  args: RecordedReleaseArgs,
  opts?: pulumi.CustomResourceOptions,
): local.Command | remote.Command {
  const { control, track, version, image, runtimeImage, after } = args;
  const stack = pulumi.getStack();
  const perch = perchVersion();
  const record = pulumi
    .all([version, image, runtimeImage])
    .apply(([versionNow, imageNow, runtimeImageNow]) =>
      JSON.stringify({
        stack,
        track,
        outcome,
        perch,
        version: versionNow,
        image: imageNow,
        runtimeImage: runtimeImageNow,
      }),
    );
  const script = inMonitorWithInput(control, ['history', 'end']);
  return shellCommand(
    name,
    control.shell,
    {
      create: `(${script}) || echo "the release was not recorded" >&2`,
      // Another way to the host is no release.
      update: 'true',
      stdin: record,
      triggers: [record],
    },
    { ...opts, dependsOn: [...control.ready, ...after] },
  );
}
