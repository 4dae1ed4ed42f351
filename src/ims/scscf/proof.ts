/** S-CSCF: what a user can prove who it is with, out of MAA. TS 29.229 §6.3.13, TS 29.228 §6.3, TS 33.203 Annexes N, S, T. */
import { addressOctets } from '../../address-octets.js';
import type { MultimediaAuthAnswer, SipAuthDataItem } from '../../diameter/index.js';
import { akaV2Password, type DigestAlgorithm, digestAlgorithm, type SipRequest, unquote } from '../../sip/index.js';
import { accessNetworkParts, accessParameterName } from '../identity/index.js';
import { type Refused, refusedBy } from './cx-outcome.js';

/** An AKA vector as the S-CSCF needs it. */
export interface AkaProof {
  readonly kind: 'aka';
  readonly algorithm: 'AKAv1-MD5' | 'AKAv2-MD5';
  /** 16 octets each. */
  readonly rand: Buffer;
  readonly autn: Buffer;
  /** XRES (AKA-31), or what AKAv2 makes of it (AKA-32). */
  readonly password: Buffer;
  /** Hexadecimal, for the P-CSCF; empty where the HSS gave none. */
  readonly ck: string;
  readonly ik: string;
}

/** SIP Digest (TS 33.203 Annex N). */
export interface DigestProof {
  readonly kind: 'digest';
  readonly algorithm: DigestAlgorithm;
  readonly realm: string;
  /** Qualities of protection to offer. */
  readonly qop: readonly string[];
  readonly ha1: string;
}

/** The user is who sends from this address (GIBA), or from this line (NASS-bundled): nothing is asked. */
export interface PlaceProof {
  readonly kind: 'place';
  /** The place agrees with where the REGISTER comes from. */
  readonly agrees: boolean;
  /** One plain sentence about the two. */
  readonly text: string;
  readonly clause: string;
}

export type Proof = AkaProof | DigestProof | PlaceProof;

/** The proofs of MAA in their order of use, at least one, or why there is none. */
export function readProofs(
  answer: MultimediaAuthAnswer,
  query: 'MAR' | 'MAR with AUTS',
  register: SipRequest,
): readonly Proof[] | Refused {
  const refused = refusedBy(answer, query);
  if (refused !== undefined) return refused;
  const items = ('sipAuthDataItems' in answer && answer.sipAuthDataItems) || [];
  const proofs: Proof[] = [];
  for (const item of items) {
    const proof = proofOf(item, register);
    if (proof !== undefined) proofs.push(proof);
  }
  return proofs.length > 0 ? proofs : unusable;
}

function proofOf(item: SipAuthDataItem, register: SipRequest): Proof | undefined {
  switch (item.sipAuthenticationScheme ?? 'Digest-AKAv1-MD5') {
    case 'SIP Digest':
      return digestProof(item);
    case 'Early-IMS-Security':
      return item.framedIpAddress === undefined && item.framedIpv6Prefix === undefined
        ? undefined
        : addressProof(item, register);
    case 'NASS-Bundled':
      return item.lineIdentifiers === undefined ? undefined : lineProof(item.lineIdentifiers, register);
    case 'Digest-AKAv2-MD5':
      return akaProof(item, 'AKAv2-MD5');
    default:
      return akaProof(item, 'AKAv1-MD5');
  }
}

function akaProof(item: SipAuthDataItem, algorithm: AkaProof['algorithm']): AkaProof | undefined {
  const { sipAuthenticate, sipAuthorization, confidentialityKey, integrityKey } = item;
  if (sipAuthenticate?.length !== 32 || sipAuthorization === undefined || sipAuthorization.length < 4) return undefined;
  // AKAv2 cannot be computed without both keys.
  if (algorithm === 'AKAv2-MD5' && (confidentialityKey === undefined || integrityKey === undefined)) return undefined;
  return {
    kind: 'aka',
    algorithm,
    rand: sipAuthenticate.subarray(0, 16),
    autn: sipAuthenticate.subarray(16, 32),
    password:
      algorithm === 'AKAv1-MD5'
        ? sipAuthorization
        : akaV2Password({ res: sipAuthorization, ik: integrityKey!, ck: confidentialityKey! }),
    ck: confidentialityKey?.toString('hex') ?? '',
    ik: integrityKey?.toString('hex') ?? '',
  };
}

function digestProof({ sipDigestAuthenticate }: SipAuthDataItem): DigestProof | undefined {
  if (sipDigestAuthenticate === undefined) return undefined;
  const { digestRealm, digestAlgorithm: name, digestQop, digestHa1 } = sipDigestAuthenticate;
  const algorithm = digestAlgorithm(name ?? 'MD5'); // RFC 2617 3.2.1
  if (algorithm === undefined || digestHa1 === '') return undefined;
  const qop = digestQop
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
  return { kind: 'digest', algorithm, realm: digestRealm, qop, ha1: digestHa1.toLowerCase() };
}

/** GIBA: the address that the access network gave to the subscriber, against the UE's Via. TS 33.203 T.4, T.7. */
function addressProof({ framedIpAddress, framedIpv6Prefix }: SipAuthDataItem, register: SipRequest): PlaceProof {
  const via = register.vias.at(-1);
  const from = via?.received ?? via?.host ?? 'nowhere';
  const expected = framedIpAddress ?? framedIpv6Prefix!;
  const agrees = from === framedIpAddress || isWithin(from, framedIpv6Prefix);
  return {
    kind: 'place',
    agrees,
    text: agrees
      ? `sends from ${from}, the address that the access network gave it`
      : `sends from ${from}, but the access network has given it ${expected}: compare the address of the subscriber at the HSS with that of the UE`,
    clause: 'TS 33.203 T.4, T.7',
  };
}

/** `prefix`: `2001:db8::/64`; compared by whole groups of 16 bits, as access networks give them. */
function isWithin(address: string, prefix: string | undefined): boolean {
  if (prefix === undefined || !address.includes(':')) return false;
  const [network, length = '64'] = prefix.split('/');
  const compared = 2 * Math.ceil(Number(length) / 16);
  const [own, given] = [address, network!].map((text) => addressOctets(text)?.subarray(0, compared));
  return own !== undefined && given !== undefined && own.equals(given);
}

/** NASS-bundled: the line that the access network wrote into P-Access-Network-Info. TS 33.203 R.3; TS 24.229 §5.4.1.2.1D. */
function lineProof(lines: readonly string[], register: SipRequest): PlaceProof {
  const provided = register
    .values('P-Access-Network-Info')
    .map(accessNetworkParts)
    .find((parts) => parts.some((part) => part.trim().toLowerCase() === 'network-provided'));
  const location = provided?.find((part) => accessParameterName(part) === 'dsl-location');
  const line = location === undefined ? undefined : unquote(location.slice(location.indexOf('=') + 1).trim());
  const agrees = line !== undefined && lines.includes(line);
  return {
    kind: 'place',
    agrees,
    text: agrees
      ? `is on line ${line}`
      : line === undefined
        ? 'came without a line that the network provided: see whether dsl-location with network-provided is in P-Access-Network-Info behind the P-CSCF'
        : `is on line ${line}, but it belongs on ${lines.join(' or ')}: compare the line of the subscriber at the HSS`,
    clause: 'TS 24.229 §5.4.1.2.1D, TS 33.203 R.3',
  };
}

const unusable: Refused = {
  status: 504,
  cause: {
    what: 'cause.unusableVector',
    text: 'MAA brought no usable vector: AKA needs SIP-Authenticate of 32 octets (RAND, AUTN) and SIP-Authorization with XRES, SIP Digest needs SIP-Digest-Authenticate',
    clause: 'TS 29.229 §6.3.10, TS 29.228 §6.3',
  },
};
