/** Full keys whose values are encrypted in the stack's file. */
export function encryptedKeys(): ReadonlySet<string> {
  // The SDK does not expose the list. The language host passes it this way.
  const secret: unknown = JSON.parse(process.env['PULUMI_CONFIG_SECRET_KEYS'] ?? '[]');
  return new Set(Array.isArray(secret) ? secret : []);
}
