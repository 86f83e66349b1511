import type { StackConfig } from '../config/stack-config.ts';
import { deprecatedConnection } from '../config/prod-connection.ts';
import type { PartOptions } from '../shell/part-options.ts';
import { whenMade } from '../shell/when-made.ts';
import { hasBothTracks, makeBothTracks } from './both-tracks.ts';
import { makeCanary, type CanaryParts } from './canary.ts';
import { makeGuest, makeGuestCanary, type GuestParts } from './guest.ts';
import { makeProd, type ProdParts } from './prod.ts';

/** Parts of a stack of any role; a role has some of them. */
export type StackParts = CanaryParts &
  Partial<Omit<ProdParts, keyof GuestParts> & Omit<GuestParts, keyof CanaryParts>>;

/** Makes the resources of a stack's role. */
export async function makeStack(config: StackConfig, opts: PartOptions = {}): Promise<StackParts> {
  const makeOwn = hasBothTracks(config) ? makeBothTracks : makeProd;
  const roles = { prod: makeOwn, canary: makeCanary, local: makeOwn };
  const guestRoles = { prod: makeGuest, canary: makeGuestCanary, local: makeGuest };
  const makers = config.hostStack === undefined ? roles : guestRoles;
  return await makers[config.role](config, opts);
}

/** Outputs of a stack, for people, other stacks and the commands of `npx perch`. Those that it lacks are undefined. */
export function stackOutputs(config: StackConfig, stack: StackParts) {
  return {
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
    /** URL of the console for browsers. */
    consoleUrl: stack.console?.origin,
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
}
