/** Kinds of host keys that Perch can pin, the preferred one first. */
const kinds = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'];

/** Key of the preferred kind, `TYPE KEY`; undefined if Perch can pin none. */
export function preferredHostKey(keys: readonly string[]): string | undefined {
  const ranked = kinds.flatMap((kind) => keys.filter((key) => key.startsWith(`${kind} `)));
  return ranked[0];
}
