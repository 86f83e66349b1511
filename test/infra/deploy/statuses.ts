/** Output of `perch status --json` for a release with one stable member and one canary. */
export const stable = { id: 'stable-0', track: 'stable', state: 'active' };
export const canary = { id: 'canary-0', track: 'canary', state: 'active' };
export const release = {
  rolloutId: 'r1',
  phase: 'progressing',
  weight: 25,
  members: [stable, canary],
};
export const healthy = {
  release,
  proxies: [{ id: 'p', memberHealth: { 'stable-0': 'healthy', 'canary-0': 'healthy' } }],
  opinion: { verdict: null },
};
