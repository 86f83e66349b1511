/** Architectures of hosts, and so of images, by the names that Docker has for them. */
export const architectures = ['amd64', 'arm64'] as const;

export type Architecture = (typeof architectures)[number];

/** Architecture of every host that names no other one. */
export const usualArchitecture: Architecture = 'amd64';

/** Architectures of several hosts, each once, in the order of {@link architectures}. */
export function distinctArchitectures(all: readonly Architecture[]): Architecture[] {
  return architectures.filter((architecture) => all.includes(architecture));
}

/** Architecture by the kernel's name (`uname -m`). Undefined: none that images are built for. */
export function architectureOfMachine(machine: string): Architecture | undefined {
  if (machine === 'x86_64' || machine === 'amd64') return 'amd64';
  return machine === 'aarch64' || machine === 'arm64' ? 'arm64' : undefined;
}

/**
 * Families of instance types with ARM processors: `a1`, and those with a `g` after the generation's
 * number (https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html).
 */
const familyOfArm64 = /^(a1|[a-z]+\d+[a-z]*g[a-z]*)(-[a-z0-9]+)?\./;

/** Architecture of an EC2 instance type. */
export function architectureOfSize(size: string): Architecture {
  return familyOfArm64.test(size) ? 'arm64' : 'amd64';
}
