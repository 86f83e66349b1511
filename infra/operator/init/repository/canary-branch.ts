/** Branch whose pushes go to the canary stack. */
export const canaryBranch = 'develop';
