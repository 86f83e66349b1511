import { z } from 'zod';
import { secretText } from './codecs.ts';

const part = (rule: string, pattern: RegExp) => secretText(rule, (value) => pattern.test(value));

/** Login to a registry from which images are pulled. Every part of it is secret. */
export const pullLogin = z.strictObject({
  server: part(
    'be the host of a registry, without a path, such as docker.io',
    /^[a-z0-9.-]+(:\d+)?$/,
  ),
  username: part('be one line of text', /^[^\r\n]+$/),
  password: part('be one line of text', /^[^\r\n]+$/),
});
