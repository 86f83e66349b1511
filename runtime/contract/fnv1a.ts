/** Takes one more byte or code unit into a hash: a step of FNV-1a (draft-eastlake-fnv, 32 bit). */
export function fnv1a(hash: number, code: number): number {
  return Math.imul(hash ^ code, 0x01000193);
}
