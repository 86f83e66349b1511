/** Labels of every container that Perch creates. */
export const labels = {
  service: 'perch.service',
  /** Role of the container; see {@link parts}. */
  part: 'perch.part',
  /** `stable` or `canary`; members only. */
  track: 'perch.track',
  /** Member id; members only. */
  member: 'perch.member',
  /** Port that it serves; proxies only. */
  port: 'perch.port',
  /** Port that it serves by https; proxies only. */
  httpsPort: 'perch.https-port',
  /** Highest memory limit that the monitor may set, bytes. */
  memoryCapBytes: 'perch.memory-cap-bytes',
} as const;

export const parts = ['redis', 'proxy', 'monitor', 'app'] as const;
export type Part = (typeof parts)[number];
