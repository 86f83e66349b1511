/** Roles of a stack: `prod`, `canary` (joins a prod stack) or `local` (both tracks in one stack). */
export const stackRoles = ['prod', 'canary', 'local'] as const;

export type StackRole = (typeof stackRoles)[number];
