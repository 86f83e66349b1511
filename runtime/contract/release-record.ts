/** Names in the record of a service's releases (Redis key `perch:{service}:releases`). */

/** Kinds of release: of what the configuration names, or of a recorded version again. */
export const releaseActions = ['deploy', 'rollback'] as const;
export type ReleaseAction = (typeof releaseActions)[number];

/**
 * Ends of a release: its members served; it did not come about; or it was taken back, and what
 * served before was deployed again.
 */
export const releaseEnds = ['served', 'failed', 'rolled-back'] as const;
export type ReleaseEnd = (typeof releaseEnds)[number];
