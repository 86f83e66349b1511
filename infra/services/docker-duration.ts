/**
 * Seconds as Go prints a duration, `1m0s` for 60. The engine reports what it was told in this
 * form, so another one would look like a change in every update.
 */
export function goDuration(seconds: number): string {
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor(seconds / 60) % 60;
  const rest = `${seconds % 60}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}
