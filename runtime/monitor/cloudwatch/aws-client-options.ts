export interface AwsOptions {
  /** Default: the SDK's own search, such as AWS_REGION. */
  readonly region?: string;
  /** An URL instead of AWS' own, for emulators and private endpoints. */
  readonly endpoint?: string;
}

/**
 * Options that every AWS client here shares: one try each call, for what called it has its own
 * way to try again, and soon an end to a connection that does not come about.
 */
export function awsClientOptions({ region, endpoint }: AwsOptions) {
  return {
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000 },
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
  };
}
