interface StateResource {
  readonly inputs?: unknown;
  readonly outputs?: unknown;
}

/** Inputs and outputs of every resource in an exported state. The rest the engine keeps for itself. */
export function valuesIn(state: string): string {
  const { deployment } = JSON.parse(state) as { deployment: { resources: StateResource[] } };
  return JSON.stringify(deployment.resources.map(({ inputs, outputs }) => [inputs, outputs]));
}
