/** Health check of Perch's own processes: requests `path` from the admin server's socket file. */
export function adminHealthCheck(socketFile: string, path: string): readonly string[] {
  const ask = `require('node:http').get({ socketPath: '${socketFile}', path: '${path}' },
  (answer) => process.exit(answer.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))`;
  return ['CMD', 'node', '-e', ask];
}
