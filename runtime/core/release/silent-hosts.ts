import { hostsOf } from './host-transitions.ts';
import type { ReleaseDocument } from './release-document.ts';

/** Hosts of members from whose monitor Redis holds no sample. */
export function hostsWithoutSample(
  document: Pick<ReleaseDocument, 'members'>,
  samples: readonly { readonly host: string }[],
): string[] {
  return hostsOf(document).filter((host) => samples.every((sample) => sample.host !== host));
}
