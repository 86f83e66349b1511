/** Environment variables that Perch's processes read. Secrets come this way, never by argv. */
export const env = {
  /** `redis://` or `rediss://` URL with the password. Secret. */
  redisUrl: 'PERCH_REDIS_URL',
  /** The service's name; part of every Redis key. */
  service: 'PERCH_SERVICE',
  /** The host that this process runs on, as the release document names it. */
  host: 'PERCH_HOST',
  /** The member that this process is. */
  memberId: 'PERCH_MEMBER_ID',
  /** `stable` or `canary`. */
  track: 'PERCH_TRACK',
  /** The version that this process runs. */
  version: 'PERCH_VERSION',
  /** The port that the app listens on. */
  port: 'PERCH_PORT',
  /** The address that the app listens on: loopback, unless a container says 0.0.0.0. */
  bind: 'PERCH_BIND',
  /** A folder for the last good copy of what Redis holds. */
  stateDir: 'PERCH_STATE_DIR',
  /** The monitor's configuration, JSON, where no file is given. */
  monitorConfig: 'PERCH_MONITOR_CONFIG',
  /** Where notices are posted. Secret: many such URLs are their own password. */
  webhookUrl: 'PERCH_WEBHOOK_URL',
  /** What notices to the webhook are signed with. Secret. */
  webhookSecret: 'PERCH_WEBHOOK_SECRET',
  /** Token that lets a tester choose the track by header. Secret. */
  overrideToken: 'PERCH_OVERRIDE_TOKEN',
} as const;
