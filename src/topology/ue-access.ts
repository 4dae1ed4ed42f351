/** What a UE and its P-CSCFs must have in common, so that the one reaches the other at all. */
import { kindsOf, reaches } from './common-transport.js';
import type { LabListen, UeSettings } from './lab.js';
import { isIpv6 } from './numeric-address.js';
import type { UeInput } from './topology-schema.js';
import type { Blame } from './ue-card.js';

/** A UE as far as its access is concerned. */
interface AccessingUe {
  /** Of the topology; a pool's line has many UEs. */
  readonly line: string;
  readonly input: UeInput;
  readonly settings: UeSettings;
  readonly proxies: readonly string[];
  readonly listen: readonly LabListen[];
}

/** @param listens of each node, as far as they are known */
export function checkAccess(
  { line, input, settings, proxies, listen }: AccessingUe,
  listens: ReadonlyMap<string, readonly LabListen[]>,
  blame: Blame,
): void {
  if (settings.quirks.answerOverTcp === true && settings.security.mechanism === 'ipsec-3gpp') {
    // AKA-50: one set is for both transports; imslab has it for UDP alone (docs/decisions/0007-esp-in-udp.md).
    const what = 'answers over TCP, and with IPsec imslab carries UDP alone in ESP';
    const mend = 'give it security: none, or leave out answer-over-tcp (ue/mixed-transports)';
    blame(
      line,
      input.quirks?.['answer-over-tcp'] === undefined ? ['profile'] : ['quirks', 'answer-over-tcp'],
      what,
      mend,
    );
  }
  for (const proxy of proxies) {
    const apart = whatKeepsApart(listen, listens.get(proxy) ?? [], proxy);
    if (apart !== undefined) blame(line, ['listen'], apart.what, apart.mend);
  }
}

function whatKeepsApart(
  own: readonly LabListen[],
  theirs: readonly LabListen[],
  proxy: string,
): { what: string; mend: string } | undefined {
  const [families, others] = [familiesOf(own), familiesOf(theirs)];
  // One that has TLS: the UE opens connections for it without a listen point.
  const isReached = reaches(own, theirs) || theirs.some(({ protocol }) => protocol === 'tls');
  if (families.length === 0 || others.length === 0) return undefined;
  if (!families.some((family) => others.includes(family))) {
    // TS 24.229 §9.2.1: the P-CSCF that is discovered has an address of the UE's kind.
    const what = `has an address of ${families[0]} alone, and ${proxy} of ${others[0]} alone: neither reaches the other`;
    return { what, mend: `add an address of ${others[0]} here, or one of ${families[0]} to nodes.${proxy}.listen` };
  }
  if (isReached) return undefined;
  const what = `has ${kindsOf(own)} alone, and ${proxy} ${kindsOf(theirs)} alone: neither reaches the other`;
  return { what, mend: `add a transport of nodes.${proxy}.listen here, or one of this there` };
}

function familiesOf(listens: readonly LabListen[]): readonly string[] {
  return [...new Set(listens.map(({ address }) => (isIpv6(address) ? 'IPv6' : 'IPv4')))];
}
