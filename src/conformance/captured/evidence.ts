/** What one captured message says about who its ends are. Messages in, evidence out. */
import type { MessageRecord } from '../../environment/index.js';
import { canonicalIdentity } from '../../ims/identity/index.js';
import type { SipRequest } from '../../sip/index.js';
import type { DiameterMessage } from '../diameter-message.js';
import type { Role } from '../rule.js';

/** What was seen on the wire, before its ends have names. */
export type WireMessage = Pick<MessageRecord, 'from' | 'to' | 'transport' | 'bytes'>;

/** What a message is proof of outweighs what it lets expect. */
export const strengths = { expected: 1, sip: 2, diameter: 3 } as const;

export interface Evidence {
  readonly at: 'from' | 'to';
  readonly role: Role;
  readonly strength: number;
  /** What the node did, with its clause. */
  readonly reason: string;
}

/** Of a REGISTER; of other requests nobody can tell who sends them. */
export function evidenceOfRequest(request: SipRequest): readonly Evidence[] {
  if (request.method !== 'REGISTER') return [];
  const rule = registers.find(({ matches }) => matches(request));
  return rule === undefined ? [] : rule.evidence;
}

interface RegisterKind {
  matches(request: SipRequest): boolean;
  readonly evidence: readonly Evidence[];
}

function isByThirdParty({ from, to }: SipRequest): boolean {
  return keyOf(from.uri.text) !== keyOf(to.uri.text);
}

function keyOf(identity: string): string {
  return canonicalIdentity(identity) ?? identity;
}

/** The first that fits. Each proxy has added its Via (RFC 3261 16.6), and the P-CSCF its Path (TS 24.229 5.2.2.1). */
const registers: readonly RegisterKind[] = [
  {
    matches: isByThirdParty,
    evidence: [
      seen('from', 's-cscf', 'sip', 'sends REGISTER for a user to somebody else, TS 24.229 5.4.1.7'),
      seen('to', 'as', 'sip', 'is sent the REGISTER of a third party, TS 24.229 5.4.1.7'),
    ],
  },
  {
    matches: (request) => request.vias.length === 1 && !request.has('Path'),
    evidence: [
      seen('from', 'ue', 'sip', 'sends REGISTER of its own, TS 24.229 5.1.1.2'),
      seen('to', 'p-cscf', 'expected', 'is sent REGISTER by a UE, TS 24.229 5.2.2.1'),
    ],
  },
  {
    matches: (request) => request.vias.length <= 2 && request.has('Path'),
    evidence: [
      seen('from', 'p-cscf', 'sip', 'sends REGISTER on with Path, TS 24.229 5.2.2.1'),
      seen('to', 'i-cscf', 'expected', 'is sent REGISTER by a P-CSCF, TS 24.229 5.3.1.2'),
    ],
  },
  {
    matches: ({ vias }) => vias.length > 2,
    evidence: [
      seen('from', 'i-cscf', 'expected', 'sends REGISTER on from a P-CSCF, TS 24.229 5.3.1.2'),
      seen('to', 's-cscf', 'expected', 'is sent REGISTER through P-CSCF and another proxy, TS 24.229 5.4.1.2'),
    ],
  },
];

function seen(at: Evidence['at'], role: Role, strength: keyof typeof strengths, reason: string): Evidence {
  return { at, role, strength: strengths[strength], reason };
}

/** TS 29.228 6.1, TS 29.328 6.1: who asks what of whom. */
const askers: ReadonlyMap<string, readonly [asker: Role, asked: Role, clause: string]> = new Map([
  ['UAR', ['i-cscf', 'hss', 'TS 29.228 6.1.1']],
  ['LIR', ['i-cscf', 'hss', 'TS 29.228 6.1.4']],
  ['SAR', ['s-cscf', 'hss', 'TS 29.228 6.1.2']],
  ['MAR', ['s-cscf', 'hss', 'TS 29.228 6.3']],
  ['RTR', ['hss', 's-cscf', 'TS 29.228 6.1.3']],
  ['PPR', ['hss', 's-cscf', 'TS 29.228 6.2.1']],
  ['UDR', ['as', 'hss', 'TS 29.328 6.1.1']],
  ['PUR', ['as', 'hss', 'TS 29.328 6.1.2']],
  ['SNR', ['as', 'hss', 'TS 29.328 6.1.3']],
  ['PNR', ['hss', 'as', 'TS 29.328 6.1.4']],
]);

/** Of a request between its own ends; agents are to be left out by whoever asks. */
export function evidenceOfQuery({ name, isRequest }: DiameterMessage): readonly Evidence[] {
  const ends = isRequest ? askers.get(name) : undefined;
  if (ends === undefined) return [];
  const [asker, asked, clause] = ends;
  return [
    seen('from', asker, 'diameter', `sends ${name}, ${clause}`),
    seen('to', asked, 'diameter', `is sent ${name}, ${clause}`),
  ];
}
