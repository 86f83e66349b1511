/** Size of machines where `perch:size` is not set, by target. */
export const defaultSize = { aws: 't3.small', digitalocean: 's-1vcpu-2gb' } as const;
