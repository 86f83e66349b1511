/** Parts of `node:os` that name a user and a machine. */
interface OperatingSystem {
  /** @throws Error for a user id without a name. */
  readonly userInfo: () => { readonly username: string };
  readonly hostname: () => string;
}

/**
 * User and machine of this process, `ada@laptop`, for documents, records and events. A container may run
 * under a user id without a name: then the id stands for it.
 */
export function operatorName({ userInfo, hostname }: OperatingSystem): string {
  return `${userName(userInfo)}@${hostname()}`;
}

function userName(userInfo: OperatingSystem['userInfo']): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.()}`;
  }
}
