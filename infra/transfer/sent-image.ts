/** Names of images that reach hosts by ssh, without a registry. Pure. */
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

/** Reports whether a tag is one of {@link builtTag}. */
export function isBuiltTag(tag: string): boolean {
  return /^[0-9a-f]{64}$/.test(tag);
}

/** Digest of a sent image, `sha256:...`. */
export function sentDigest(reference: string): string {
  return reference.slice(reference.indexOf('@') + 1);
}
