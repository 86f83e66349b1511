import type { DoctorCheck } from '../survey.ts';

const dayMs = 86_400_000;
const nearDays = 14;

/** Share of its validity that is left when a certificate is near its end; it matters if that is short. */
const nearShare = 1 / 4;

export const certificateEnds: DoctorCheck = {
  name: 'certificate-ends',
  claim: 'no certificate is near its end',
  examine({ certificates, nowMs }) {
    const findings = certificates.flatMap(({ name, validity }) => {
      if (!validity.known) return [];
      const { fromMs, untilMs } = validity.value;
      const leftMs = untilMs - nowMs;
      if (leftMs >= Math.min(nearDays * dayMs, (untilMs - fromMs) * nearShare)) return [];
      const until = new Date(untilMs).toISOString().slice(0, 16);
      const isOver = leftMs <= 0;
      return {
        subject: name,
        problem: isOver ? 'its certificate has expired' : 'its certificate is near its end',
        evidence: `valid until ${until}Z, ${isOver ? 'which is past' : `${(leftMs / dayMs).toFixed(1)} days left`}`,
        remedy: `see why it is not renewed: perch status; give one of your own: perch certificate set --help`,
      };
    });
    return {
      findings,
      unchecked: certificates.flatMap(({ name, validity }) =>
        validity.known ? [] : `${name}: ${validity.why}`,
      ),
    };
  },
};
