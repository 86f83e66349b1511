/** The Pulumi program: reads the stack's configuration and makes the resources of its role. */
import * as pulumi from '@pulumi/pulumi';
import { PerchError } from '../runtime/contract/perch-error.ts';
import { deprecatedConnection } from './config/prod-connection.ts';
import { parseConfig, type StackConfig } from './config/stack-config.ts';
import { preflight } from './preflight.ts';
import { whenMade } from './shell/when-made.ts';
import { makeCanary, type CanaryParts } from './stacks/canary.ts';
import { makeGuest, makeGuestCanary, type GuestParts } from './stacks/guest.ts';
import { hasBothTracks, makeBothTracks } from './stacks/both-tracks.ts';
import { makeProd, type ProdParts } from './stacks/prod.ts';

const config = await checkedConfig();
const makeOwn = hasBothTracks(config) ? makeBothTracks : makeProd;
const roles = { prod: makeOwn, canary: makeCanary, local: makeOwn };
const guestRoles = { prod: makeGuest, canary: makeGuestCanary, local: makeGuest };
const makers = config.hostStack === undefined ? roles : guestRoles;
/** Outputs of every role; a role has some of them. */
type Made = CanaryParts &
  Partial<Omit<ProdParts, keyof GuestParts> & Omit<GuestParts, keyof CanaryParts>>;

const stack: Made = await makers[config.role](config);

const outputs = {
  service: config.service,
  /** URL of the service for clients. */
  url: stack.url,
  /** Addresses that the DNS of each of its host names must have. */
  hostAddresses: stack.hostAddresses,
  /** Generation of the release document after the stack's last change to it. */
  generation: stack.generation,
  hosts: Object.fromEntries(stack.target.hosts.map((host) => [host.name, host.publicAddress])),
  /** Digests: set as `perch:image` and `perch:runtimeImage`, they release the same version again. */
  image: stack.images.app,
  /** The canary's image and version, if it has its own in a stack with both tracks. */
  canaryImage: stack.canaryImages?.app,
  canaryVersion: stack.canaryImages?.version,
  runtimeImage: stack.images.runtime,
  version: stack.images.version,
  /** Value of `x-perch-token` for testers. Secret. */
  overrideToken: stack.overrideToken,
  dashboard: stack.target.dashboardUrl,
  /** Access to the release, for canary stacks and commands of `npx perch`. Secret. */
  connection: stack.connection,
  /** Access to the hosts, Redis, registry and proxies, for guests. Secret. */
  hostConnection: stack.hostConnection,
  /** Service whose monitors run the commands of a guest. */
  edgeService: stack.edgeService,
  /**
   * Deprecated: `connection` as release 0.1 reads it. A canary stack of that release still updates
   * after its prod stack was updated. The next release removes it.
   */
  joint: stack.connection && whenMade(stack.connection, deprecatedConnection),
};

// Not every stack has each output, and a named export cannot be omitted.
export default Object.fromEntries(
  Object.entries(outputs).filter(([, value]) => value !== undefined),
);

async function checkedConfig(): Promise<StackConfig> {
  // The SDK does not expose the list of encrypted keys. The language host passes it this way.
  const secret: unknown = JSON.parse(process.env['PULUMI_CONFIG_SECRET_KEYS'] ?? '[]');
  try {
    const secretKeys = new Set(Array.isArray(secret) ? secret : []);
    const config = parseConfig(pulumi.runtime.allConfig(), secretKeys);
    await preflight(config);
    return config;
  } catch (error) {
    if (error instanceof PerchError) throw new pulumi.RunError(error.message);
    throw error;
  }
}
