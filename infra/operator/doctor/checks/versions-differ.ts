import { reportsOf, type DoctorCheck, type StackVersion } from '../survey.ts';

export const versionsDiffer: DoctorCheck = {
  name: 'versions-differ',
  claim: 'all stacks of the service run one version of Perch',
  examine(survey) {
    const own = [...new Set(reportsOf(survey).flatMap(({ report }) => report.perchVersion ?? []))];
    const [version] = own;
    const { stack, otherStacks } = survey;
    const unchecked = otherStacks.flatMap((other) =>
      other.version.known ? [] : `stack ${other.stack}: ${other.version.why}`,
    );
    if (version === undefined) {
      return {
        findings: [],
        unchecked: [`stack ${stack}: no monitor says its version`, ...unchecked],
      };
    }
    const differing = own.slice(1).map((other) => ({
      stack: `a host of ${stack}`,
      version: { known: true as const, value: other },
    }));
    const findings = [...differing, ...otherStacks].flatMap((other) =>
      finding(other, stack, version),
    );
    return { findings, unchecked };
  },
};

function finding({ stack, version: other }: StackVersion, own: string, version: string) {
  if (!other.known || other.value === version) return [];
  return {
    subject: stack,
    problem: `runs another version of Perch than stack ${own}`,
    evidence: `${other.value} there, ${version} here`,
    remedy: 'update both stacks from one checkout, the prod stack first',
  };
}
