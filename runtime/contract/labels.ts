/** Labels of every container that Perch makes. */
export const labels = {
  service: 'perch.service',
  /** What the container is: see {@link parts}. */
  part: 'perch.part',
  /** `stable` or `canary`; members only. */
  track: 'perch.track',
  /** The member's id; members only. */
  member: 'perch.member',
  /** The port that it serves; proxies only. */
  port: 'perch.port',
  /** Up to where the monitor may raise the memory limit, bytes. */
  memoryCapBytes: 'perch.memory-cap-bytes',
} as const;

export const parts = ['redis', 'proxy', 'monitor', 'app'] as const;
export type Part = (typeof parts)[number];
