/**
 * Endpoint from which members get the credentials of their own role on AWS. SDKs send the token to few
 * addresses without https: loopback, and two link-local ones, of which this is that of Amazon ECS.
 */
export const roleCredentials = {
  address: '169.254.170.2',
  /** Network of the host in which the address is that of the host itself. */
  subnet: '169.254.170.0/30',
  port: 51_679,
  path: '/credentials',
} as const;

/** Variables of members by which every SDK of AWS finds the endpoint. */
export const roleVariables = {
  url: 'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  token: 'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  region: 'AWS_REGION',
  /** Read by the SDK of Python in place of the one above. */
  regionInPython: 'AWS_DEFAULT_REGION',
} as const;
