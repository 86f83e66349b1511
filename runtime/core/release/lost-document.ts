/** Part of a proxy's report that shows by which document it routes. */
interface Applied {
  /** Generation of the document that the proxy routes by; 0 before the first. */
  readonly generation: number;
  /** Condition of the proxy's source. */
  readonly condition: string;
}

/**
 * Generation that live proxies apply and that Redis lost; undefined if it lost none. A document of
 * the stored generation is lost, too, if a proxy finds another one of that generation in Redis.
 * @param stored - generation of the document in Redis, read after the reports; 0 if there is none.
 */
export function lostGeneration(stored: number, reports: readonly Applied[]): number | undefined {
  const lost = reports
    .filter(
      ({ generation, condition }) =>
        generation > stored || (generation === stored && condition === 'regressed'),
    )
    .map(({ generation }) => generation);
  return lost.length === 0 ? undefined : Math.max(...lost);
}
