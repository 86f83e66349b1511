import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';

const length = 40;
const keyBytes = 32;

/** Random password of 40 letters and digits, kept in the stack's state. Secret. */
export function generatedPassword(
  name: string,
  opts?: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  return pulumi.secret(new random.RandomPassword(name, { length, special: false }, opts).result);
}

/** Random key of 32 bytes in base64, kept in the stack's state. Secret. */
export function generatedKey(
  name: string,
  opts?: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  return pulumi.secret(new random.RandomBytes(name, { length: keyBytes }, opts).base64);
}
