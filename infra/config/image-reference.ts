/** Value of `canaryImage` for an image that is built from `buildContext`. */
export const builtImage = 'build';

/** Value of `registry` for images that reach the hosts by ssh, without a registry. */
export const noRegistry = 'none';

/** Rule of {@link isImage}, after "must". */
export const imageRule =
  'be an image with its digest, name@sha256:<64 hex digits> (on target docker also its id)';

/** Reports whether a text is an image that is already built: by digest, or by id. */
export function isImage(text: string): boolean {
  return /^([^@\s]+@)?sha256:[0-9a-f]{64}$/.test(text);
}
