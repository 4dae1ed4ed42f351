/** What UEs and their P-CSCFs have agreed on, read out of REGISTERs and their challenges. RFC 3329, TS 33.203 7.2. */
import { parseSecurityMechanisms, type SecurityMechanism } from '../../ipsec/index.js';
import type { SipRequest, SipResponse } from '../../sip/index.js';
import type { RequestOnWire, ResponseOnWire, Seen, SipOnWire } from '../rule.js';
import { answersChallenge } from './reading.js';

/** One side of a set: SPIs of its inbound associations, and its protected ports (AKA-41). */
export interface ProtectedSide {
  readonly spis: readonly [client: number, server: number];
  readonly clientPort: number;
  readonly serverPort: number;
}

/** A challenge with Security-Server, and what came of it. */
export interface Agreement {
  readonly ue: ProtectedSide;
  readonly proxy: ProtectedSide;
  /** The 401 on the last hop. */
  readonly challenged: ResponseOnWire;
  /** The REGISTER that answered it. */
  readonly answered: RequestOnWire | undefined;
  /** The 2xx to that one. */
  readonly granted: SipOnWire | undefined;
  /** The first copy of that 2xx which the UE has got. */
  readonly heard: SipOnWire | undefined;
}

type AgreementHeader = 'Security-Client' | 'Security-Server' | 'Security-Verify';

/** The `ipsec-3gpp` entries in their order. */
export function mechanismsIn(message: SipRequest | SipResponse, header: AgreementHeader): readonly SecurityMechanism[] {
  return parseSecurityMechanisms(message.headers(header)).filter(({ name }) => name === 'ipsec-3gpp');
}

/** Lower case; undefined where it is not there or has no value. */
export function said({ parameters }: SecurityMechanism, name: string): string | undefined {
  const value = parameters.get(name);
  return typeof value === 'string' ? value.toLowerCase() : undefined;
}

export function sideIn(message: SipRequest | SipResponse, header: AgreementHeader): ProtectedSide | undefined {
  const [first] = mechanismsIn(message, header);
  if (first === undefined) return undefined;
  const [clientSpi, serverSpi, clientPort, serverPort] = ['spi-c', 'spi-s', 'port-c', 'port-s'].map((name) =>
    Number(said(first, name)),
  );
  return { spis: [clientSpi!, serverSpi!], clientPort: clientPort!, serverPort: serverPort! };
}

/** Of this UE under this identity, oldest first. */
export function agreementsOf(ue: string, identity: string, before: Seen): readonly Agreement[] {
  const own = before.registersOf(identity).filter(({ record }) => record.fromNode === ue || record.toNode === ue);
  return own.flatMap((each): readonly Agreement[] => {
    const { message, record, challenges } = each;
    if (message.kind === 'request' || message.status !== 401 || record.toNode !== ue) return [];
    if (each.isRetransmission) return []; // it may come long after its answer
    const challenged = each as ResponseOnWire;
    const proxy = sideIn(message, 'Security-Server');
    const offered = challenged.request && sideIn(challenged.request.message, 'Security-Client');
    if (proxy === undefined || offered === undefined) return [];
    const nonces = challenges.map(({ nonce }) => nonce);
    const answered = own.find((other): other is RequestOnWire => {
      const isLater = other.message.kind === 'request' && other.record.id > record.id;
      return isLater && isAnswer(other.credentials) && nonces.includes(other.credentials!.nonce);
    });
    const grants = answered === undefined ? [] : own.filter((other) => isGrantOf(answered, other));
    const heard = grants.find(({ isLost }) => !isLost);
    return [{ ue: offered, proxy, challenged, answered, granted: grants[0], heard }];
  });
}

/** It has a response, and does not refuse the challenge (AKA-33, AKA-34). */
export function isAnswer(credentials: RequestOnWire['credentials']): boolean {
  return answersChallenge(credentials) && credentials.auts === undefined && !!credentials.response;
}

function isGrantOf(request: RequestOnWire, { message, record }: SipOnWire): boolean {
  return (
    message.kind === 'response' &&
    message.status >= 200 &&
    message.status < 300 &&
    record.id > request.record.id &&
    message.topVia.branch === request.message.topVia.branch
  );
}

/** The agreement on which this REGISTER stands: that of the challenge whose nonce it repeats. */
export function agreementFor({ message, record, credentials }: RequestOnWire, before: Seen): Agreement | undefined {
  const nonce = credentials?.nonce;
  if (nonce === undefined || nonce === '') return undefined;
  return agreementsOf(record.fromNode, message.to.uri.text, before).findLast(({ challenged }) =>
    challenged.challenges.some((challenge) => challenge.nonce === nonce),
  );
}

/** Agreements of a UE under all identities that it has been granted, in order of their challenges. */
export function agreementsOfUe(ue: string, before: Seen): readonly Agreement[] {
  const identities = new Set(before.grantsOf(ue)?.map(({ identity }) => identity));
  return [...identities]
    .flatMap((identity) => agreementsOf(ue, identity, before))
    .sort((a, b) => a.challenged.record.id - b.challenged.record.id);
}
