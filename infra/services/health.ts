export interface MemberHealth {
  /** Program and arguments of the check. Empty: the health path is requested. */
  readonly healthCommand: readonly string[];
  readonly healthPath: string;
  /** Host of the request. Undefined: 127.0.0.1 and the port. */
  readonly healthHost: string | undefined;
  readonly port: number;
}

/** Health check of a member: requests the health path with a program that the image has. */
export function memberHealthCheck(args: MemberHealth): readonly string[] {
  const { healthCommand, healthPath, healthHost, port } = args;
  if (healthCommand.length > 0) return ['CMD', ...healthCommand];
  const url = `http://127.0.0.1:${port}${healthPath}`;
  const ways = healthHost === undefined ? plainRequests(url) : namedRequests(url, healthHost);
  return ['CMD-SHELL', ways.join(' || ')];
}

/** Any change of these lines replaces every member that is deployed. */
function plainRequests(url: string): readonly string[] {
  return [
    `wget -q -O /dev/null '${url}'`,
    `curl -fsS -o /dev/null '${url}'`,
    `node -e "fetch('${url}').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"`,
    `python3 -c "import urllib.request; urllib.request.urlopen('${url}')"`,
  ];
}

function namedRequests(url: string, host: string): readonly string[] {
  const node = `require('node:http').get('${url}', { headers: { host: '${host}' } }, (answer) => process.exit(answer.statusCode < 400 ? 0 : 1)).on('error', () => process.exit(1))`;
  const request = `urllib.request.Request('${url}', headers={'Host': '${host}'})`;
  return [
    `wget -q -O /dev/null --header='Host: ${host}' '${url}'`,
    `curl -fsS -o /dev/null -H 'Host: ${host}' '${url}'`,
    `node -e "${node}"`,
    `python3 -c "import urllib.request; urllib.request.urlopen(${request})"`,
  ];
}

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
