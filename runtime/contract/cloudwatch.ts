/** The CloudWatch namespace of everything that monitors publish. */
export const cloudwatchNamespace = 'Perch';
