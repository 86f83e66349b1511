/** Name or IPv4 address, with a port if need be: what members may get as Host of a health check. */
const healthHost = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?(?::(\d{1,5}))?$/;

/** Rule that the Host of health checks breaks, read after the field's name; undefined for a good one. */
export function healthHostProblem(text: string): string | undefined {
  const [, , port] = healthHost.exec(text) ?? [];
  const isPort = port === undefined || (Number(port) >= 1 && Number(port) <= 65_535);
  return healthHost.test(text) && isPort
    ? undefined
    : 'must be a host name or an IPv4 address, with a port if it needs one';
}
