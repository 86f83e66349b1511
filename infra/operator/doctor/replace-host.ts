import type { Survey } from './survey.ts';

/** Remedy for what only a new machine has: the login of the hosts is not root there. */
export function replaceHost({ stack }: Pick<Survey, 'stack'>, host: string): string {
  return `a new machine has it: npx perch host replace ${host} --stack ${stack} --drain`;
}
