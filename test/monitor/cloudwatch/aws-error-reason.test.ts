import { expect, test } from 'vitest';
import { awsErrorReason } from '../../../runtime/monitor/cloudwatch/aws-error-reason.ts';

test.each([
  [
    Object.assign(new Error('slow down'), { name: 'ThrottlingException' }),
    'ThrottlingException: slow down',
  ],
  [Object.assign(new Error('UnknownError'), { name: 'UnknownError' }), 'UnknownError'],
  [Object.assign(new Error(''), { name: 'TimeoutError' }), 'TimeoutError'],
  [Object.assign(new Error('Request aborted'), { name: 'AbortError' }), 'no answer in time'],
  [
    Object.assign(
      new Error('wrong signature.\n\nThe Canonical String was\nx-amz-security-token:hush'),
      {
        name: 'SignatureDoesNotMatch',
      },
    ),
    'SignatureDoesNotMatch: wrong signature',
  ],
  [Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }), 'AggregateError: ECONNREFUSED'],
  ['no credentials', 'Error: no credentials'],
])('the reason of an AWS error holds its name and its message once: %s', (error, reason) => {
  expect(awsErrorReason(error)).toBe(reason);
});
