import type { SecureContextOptions } from 'node:tls';

export const contextOptions: SecureContextOptions = { minVersion: 'TLSv1.2' };
