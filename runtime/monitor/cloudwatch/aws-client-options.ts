export interface AwsOptions {
  /** Default: the region that the SDK finds, for example in AWS_REGION. */
  readonly region?: string;
  /** URL of an emulator or a private endpoint. Default: the public endpoint of the region. */
  readonly endpoint?: string;
}

/**
 * Options of every AWS client of the monitor: one attempt per call, because each caller has its own
 * retries, and short timeouts.
 */
export function awsClientOptions({ region, endpoint }: AwsOptions) {
  return {
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000 },
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
  };
}
