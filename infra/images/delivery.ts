/** Delivery of images that no registry has, by ssh. */
import * as pulumi from '@pulumi/pulumi';
import type { Architecture } from '../../runtime/contract/architecture.ts';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { createsNothing } from '../config/creates-nothing.ts';
import { lostHosts } from '../config/lost-hosts.ts';
import type { Host } from '../hosts/host.ts';
import { runProgram } from '../shell/program.ts';
import type { ImageHost } from '../transfer/engine.ts';
import { sendImage, sendTagged } from '../transfer/send-image.ts';
import { isSentImage } from '../transfer/sent-image.ts';
import { pullInput, pullScript, type PullLogin } from './pull-script.ts';

const say = (line: string) => void pulumi.log.info(line);

/**
 * Returns an image's name once every host has it: a release that does not reach all of them must not
 * change any.
 */
export function deliveredToAll(
  image: pulumi.Output<string>,
  hosts: readonly Host[],
): pulumi.Output<string> {
  const arrivals = hosts
    .filter(({ takesImages }) => takesImages)
    .map((host) => delivered(image, host, hosts));
  if (arrivals.length === 0) return image;
  return pulumi.all([image, pulumi.all(arrivals)]).apply(([name]) => name);
}

/**
 * Returns an image's name once a host has it, if it is one that Perch sends. It is looked for in every
 * update, so an image that a host lost comes back. A preview sends nothing.
 * @param hosts of the stack: if this machine does not have the image, it comes from one of them.
 */
function delivered(
  image: pulumi.Output<string>,
  host: Host,
  hosts: readonly Host[],
): pulumi.Output<string> {
  const to = recipient(host);
  if (to === undefined) return image;
  const sources = pulumi.all(hosts.flatMap((each) => recipient(each) ?? []));
  const arrived = pulumi
    .all([image, to, sources, host.ready.urn])
    .apply(async ([reference, recipientNow, sourcesNow]) => {
      if (!isSentImage(reference)) return reference;
      const args = { image: reference, to: recipientNow, sources: sourcesNow, say };
      await inProgram(() => sendImage(args));
      return reference;
    });
  // The private key is one of its inputs; its name is none of the secrets.
  return pulumi.unsecret(arrived);
}

export interface DeliveredPullArgs {
  readonly image: string;
  /** Configuration key that names the image. */
  readonly key: string;
  /** Last part of the name under which it travels. */
  readonly repository: string;
  /** Architecture that it must have. Undefined: whatever this machine's engine takes. */
  readonly architecture: Architecture | undefined;
  /** Logins of registries. Secret. */
  readonly logins: pulumi.Output<readonly PullLogin[]>;
}

/** Returns the name of a registry's image once a host has it. This machine pulls it, and sends it. */
export function deliveredPull(
  { image, key, repository, architecture, logins }: DeliveredPullArgs,
  host: Host,
): pulumi.Output<string> {
  const to = recipient(host);
  if (to === undefined) return pulumi.output(image);
  const arrived = pulumi
    .all([to, logins, host.ready.urn])
    .apply(async ([recipientNow, loginsNow]) => {
      const script = pullScript({ image, key, architecture });
      const pull = async () => {
        await runProgram('sh', ['-c', script], pullInput(image, loginsNow));
      };
      await inProgram(() => sendTagged({ image, repository, to: recipientNow, pull, say }));
      return image;
    });
  return pulumi.unsecret(arrived);
}

/** Undefined for a host that gets no image now. */
function recipient({ name, shell, takesImages }: Host): pulumi.Output<ImageHost> | undefined {
  if (shell.kind === 'here' || !takesImages || lostHosts().has(name)) return undefined;
  if (pulumi.runtime.isDryRun() || createsNothing()) return undefined;
  const { connection, proxyJump } = shell;
  const { host, port = 22, user = '', hostKey = '', privateKey = '' } = connection;
  return pulumi
    .all([host, port, user, hostKey, privateKey])
    .apply(([address, portNow, userNow, hostKeyNow, privateKeyNow]) => ({
      name,
      address: {
        host: address,
        port: portNow,
        user: userNow,
        hostKey: hostKeyNow,
        privateKey: privateKeyNow,
        proxyJump,
      },
    }));
}

/** @throws RunError in place of a PerchError, so that Pulumi shows its message alone. */
async function inProgram(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof PerchError) throw plainRunError(error.message);
    throw error;
  }
}

/** An error whose message stays: Pulumi puts the name of each property that depends on it in front. */
function plainRunError(message: string): pulumi.RunError {
  const error = new pulumi.RunError(message);
  return Object.defineProperty(error, 'message', { get: () => message, set() {} });
}
