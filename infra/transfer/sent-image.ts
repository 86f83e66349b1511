/** Names of images that reach hosts by ssh, without a registry. Pure. */
import { architectures } from '../../runtime/contract/architecture.ts';
import { imageTransferPort } from '../../runtime/contract/ports.ts';

/** Registry in the names of sent images: the end of the ssh tunnel on each host. */
export const sendingRegistry = `127.0.0.1:${imageTransferPort}`;

/** Reports whether Perch sends an image, rather than that hosts pull it from a registry. */
export function isSentImage(reference: string): boolean {
  return reference.startsWith(`${sendingRegistry}/`);
}

/**
 * Name of a sent image, the same on every host.
 * @param repository last part of the image's name.
 * @param digest `sha256:...`, of its manifest.
 */
export function sentReference(repository: string, digest: string): string {
  return `${sendingRegistry}/${repository}@${digest}`;
}

/**
 * Tag of a sent image on the machine that built it: an engine keeps no digest of an image that no
 * registry had.
 */
export function builtTag(reference: string): string {
  return reference.replace('@sha256:', ':');
}

/** Tags like {@link builtTag} of an image that was built for several architectures. */
export function builtTags(reference: string): string[] {
  return architectures.map((architecture) => `${builtTag(reference)}-${architecture}`);
}

/** Digest of the build that a tag of {@link builtTag} or {@link builtTags} has. Undefined: another tag. */
export function builtDigest(tag: string): string | undefined {
  return /^([0-9a-f]{64})(-[a-z0-9]+)?$/.exec(tag)?.[1];
}

/** Digest of a sent image, `sha256:...`. */
export function sentDigest(reference: string): string {
  return reference.slice(reference.indexOf('@') + 1);
}
