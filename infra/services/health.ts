/** Health check of Perch's own processes: requests `path` from the admin server's socket file. */
export function adminHealthCheck(socketFile: string, path: string): readonly string[] {
  return asking(`{ socketPath: '${socketFile}', path: '${path}' }`);
}

/** Health check of Perch's own processes: requests `path` from a port of the container. */
export function portHealthCheck(port: number, path: string): readonly string[] {
  return asking(`{ host: '127.0.0.1', port: ${port}, path: '${path}' }`);
}

function asking(request: string): readonly string[] {
  const ask = `require('node:http').get(${request},
  (answer) => process.exit(answer.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))`;
  return ['CMD', 'node', '-e', ask];
}
