import fc from 'fast-check';
import { request, response, script } from './arbitraries.ts';
import { playClients, playUpstreams } from './invariants.ts';

const together = { minLength: 1, maxLength: 40, size: 'max' } as const;

export const anyClients = fc.asyncProperty(fc.array(script(request), together), playClients);
export const anyUpstreams = fc.asyncProperty(fc.array(script(response), together), playUpstreams);
