import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';

const length = 40;

/** A password that nobody chose, of letters and digits, kept in the stack's state. Secret. */
export function generatedPassword(
  name: string,
  options?: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  return pulumi.secret(new random.RandomPassword(name, { length, special: false }, options).result);
}
