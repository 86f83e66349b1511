/** Environment variables of Perch's processes. They carry secrets, which argv would expose. */
export const env = {
  /** `redis://` or `rediss://` URL with the password. Secret. */
  redisUrl: 'PERCH_REDIS_URL',
  /** Name of the service; part of every Redis key. */
  service: 'PERCH_SERVICE',
  /** Host that this process runs on, as the release document names it. */
  host: 'PERCH_HOST',
  /**
   * Person for whom `perch` runs in a container of a host: who changed something, in the events. What is
   * not there is an error then.
   */
  operator: 'PERCH_OPERATOR',
  /** Member id of this process. */
  memberId: 'PERCH_MEMBER_ID',
  /** Track of this process: `stable` or `canary`. */
  track: 'PERCH_TRACK',
  /** Version that this process runs. */
  version: 'PERCH_VERSION',
  /** Port that the app listens on. */
  port: 'PERCH_PORT',
  /** Address that the app listens on. Default: loopback; containers set 0.0.0.0. */
  bind: 'PERCH_BIND',
  /** URL of the flags server, for an OFREP client of a member. */
  flagsUrl: 'PERCH_FLAGS_URL',
  /** Token with which members get the credentials of their role on AWS. Secret. */
  roleToken: 'PERCH_ROLE_TOKEN',
  /** Folder for the last good copy of Redis' data. */
  stateDir: 'PERCH_STATE_DIR',
  /** Configuration of the monitor, JSON; a file takes precedence. */
  monitorConfig: 'PERCH_MONITOR_CONFIG',
  /** URL that notifications are posted to. Secret, because many such URLs contain their password. */
  webhookUrl: 'PERCH_WEBHOOK_URL',
  /** Key that signs notifications to the webhook. Secret. */
  webhookSecret: 'PERCH_WEBHOOK_SECRET',
  /** Number of the first worker in the ids of a proxy's workers, if its host runs several proxies. */
  firstSlot: 'PERCH_FIRST_SLOT',
  /** Token that lets a tester choose the track by header. Secret. */
  overrideToken: 'PERCH_OVERRIDE_TOKEN',
  /**
   * Keys that seal the edge's secrets in Redis, each 32 bytes in base64, separated by commas: the
   * first seals, all open. Secret.
   */
  edgeKey: 'PERCH_EDGE_KEY',
  /**
   * Longest time for which an activated member is judged, seconds. An option of `perch member
   * activate` that an older monitor, such as that of a guest's host stack, does not refuse.
   */
  judgeSeconds: 'PERCH_JUDGE_SECONDS',
  /** PEM with which the https certificate of a private authority is checked. */
  acmeCaCertificate: 'PERCH_ACME_CA_CERTIFICATE',
  /** Public origin of the console, `https://HOST`. It needs the four required `PERCH_OIDC_` variables. */
  consoleOrigin: 'PERCH_CONSOLE_ORIGIN',
  /** Issuer of the OpenID provider at which people sign in to the console, a URL. */
  oidcIssuer: 'PERCH_OIDC_ISSUER',
  /** Id under which the provider knows the console. */
  oidcClientId: 'PERCH_OIDC_CLIENT_ID',
  /** Secret of that id, which also seals the console's sessions. Secret. */
  oidcClientSecret: 'PERCH_OIDC_CLIENT_SECRET',
  /** People who may sign in and change things: email addresses and `@DOMAIN`, separated by commas. */
  oidcUsers: 'PERCH_OIDC_USERS',
  /** People who may sign in and change nothing, in the same form. Default: none. */
  oidcViewers: 'PERCH_OIDC_VIEWERS',
} as const;
