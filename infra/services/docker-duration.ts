/**
 * Formats seconds as the Docker engine does, in Go's notation: `1m0s` for 60. The engine reports a
 * duration in this form, so any other form would look like a change in every update.
 */
export function dockerDuration(seconds: number): string {
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor(seconds / 60) % 60;
  const rest = `${seconds % 60}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}
