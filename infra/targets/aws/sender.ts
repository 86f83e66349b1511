import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';

/** Left as they are: the identity may be someone else's, or an account's common one. */
const others = ['configurationSetName', 'dkimSigningAttributes', 'tags', 'tagsAll'];

/**
 * Adopts the SES identity of `address`, or creates it where the account has none. Every stack that
 * sends from the address shares it, so no stack deletes it.
 */
export function emailSender(
  name: string,
  address: string,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<aws.sesv2.EmailIdentity> {
  const found = isThere(address, { ...(opts.parent !== undefined && { parent: opts.parent }) });
  return pulumi.output(found).apply(
    (isFound) =>
      new aws.sesv2.EmailIdentity(
        name,
        { emailIdentity: address },
        {
          ...opts,
          retainOnDelete: true,
          ignoreChanges: others,
          // The engine imports only what the stack's state does not have yet.
          ...(isFound && { import: address }),
        },
      ),
  );
}

async function isThere(address: string, opts: pulumi.InvokeOptions): Promise<boolean> {
  try {
    await aws.sesv2.getEmailIdentity({ emailIdentity: address }, opts);
    return true;
  } catch (error) {
    // The provider has no other function that tells, and its errors have no code.
    if (error instanceof Error && /couldn't find resource|NotFoundException/.test(error.message)) {
      return false;
    }
    throw error;
  }
}
