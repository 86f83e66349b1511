import type { DoctorCheck, NameReply } from '../survey.ts';

export const dnsElsewhere: DoctorCheck = {
  name: 'dns-elsewhere',
  claim: 'the DNS of every host name has the addresses of the hosts',
  examine({ names }) {
    const checked = names.map((name) => ({ name, problem: problemOf(name) }));
    return {
      findings: checked.flatMap(({ name: { name, expected }, problem }) =>
        problem === undefined
          ? []
          : {
              subject: name,
              ...problem,
              remedy: `set the DNS records of ${name} to ${expected.join(', ')}`,
            },
      ),
      unchecked: names.flatMap(({ name, found }) => (found.known ? [] : `${name}: ${found.why}`)),
    };
  },
};

function problemOf({ expected, found }: NameReply) {
  if (!found.known) return undefined;
  const elsewhere = found.value.filter((address) => !expected.includes(address));
  if (found.value.length === 0) {
    return { problem: 'has no address in the DNS', evidence: 'no A or AAAA record' };
  }
  if (elsewhere.length === 0) return undefined;
  const evidence = `the DNS has ${found.value.join(', ')}; the hosts are ${expected.join(', ')}`;
  return { problem: 'points elsewhere', evidence };
}
