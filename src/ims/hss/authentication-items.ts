/** What MAA brings for each authentication scheme (TS 29.228 §6.3.1, TS 29.229 6.3.9, 6.3.13). */
import type { MultimediaAuthInfo, SipAuthDataItem } from '../../diameter/index.js';
import type {
  AuthenticationScheme,
  DigestAuthentication,
  SubscriberAuthentication,
} from '../subscription/subscriber.js';
import type { AuthenticationCentre } from './authentication-centre.js';

/** More in one answer are of no use: the S-CSCF asks again. */
const vectorsMax = 5;

/** SIP-Authentication-Scheme by what a subscription has. `Unknown` leaves the choice to the HSS. */
const schemes: Readonly<Record<string, AuthenticationScheme | undefined>> = {
  'Digest-AKAv1-MD5': 'aka',
  'Digest-AKAv2-MD5': 'aka',
  'SIP Digest': 'sip-digest',
  'Early-IMS-Security': 'giba',
  'NASS-Bundled': 'nass-bundled',
};

export interface ChosenScheme {
  readonly kind: AuthenticationScheme;
  /** As it stands in the answer. */
  readonly name: string;
}

const ownNames = {
  'sip-digest': 'SIP Digest',
  giba: 'Early-IMS-Security',
  'nass-bundled': 'NASS-Bundled',
} as const;

/** `undefined`: the scheme is not for this user (5006). */
export function chosenScheme(asked: string, authentication: SubscriberAuthentication): ChosenScheme | undefined {
  const { scheme } = authentication;
  if (asked === 'Unknown') {
    // TS 24.229 §5.4.1.1: who asks so has no AKA from the UE.
    return scheme === 'aka' || !has(authentication, scheme) ? undefined : { kind: scheme, name: ownNames[scheme] };
  }
  const kind = Object.hasOwn(schemes, asked) ? schemes[asked] : undefined;
  return kind !== undefined && has(authentication, kind) ? { kind, name: asked } : undefined;
}

function has(authentication: SubscriberAuthentication, scheme: AuthenticationScheme): boolean {
  const { aka, digest, framedAddress, lineIdentifiers } = authentication;
  const data = { aka, 'sip-digest': digest, giba: framedAddress, 'nass-bundled': lineIdentifiers };
  return data[scheme] !== undefined;
}

/** `wanted`: SIP-Number-Auth-Items of the request. There is one item of any scheme but AKA. */
export function authenticationItems(
  { kind, name }: ChosenScheme,
  { digest, framedAddress, lineIdentifiers }: SubscriberAuthentication,
  centre: AuthenticationCentre | undefined,
  wanted: number,
): MultimediaAuthInfo {
  if (kind === 'aka') return vectors(name, centre!, wanted);
  const proof =
    kind === 'sip-digest' ? digestProof(digest!) : kind === 'giba' ? addressProof(framedAddress!) : { lineIdentifiers };
  return { sipNumberAuthItems: 1, sipAuthDataItems: [{ sipAuthenticationScheme: name, ...proof }] };
}

/** AKA-24: consecutive SQNs in the order of the item numbers; fewer where the counter comes to its end. */
function vectors(name: string, centre: AuthenticationCentre, wanted: number): MultimediaAuthInfo {
  const items: SipAuthDataItem[] = [];
  const count = Math.min(Math.max(1, wanted), vectorsMax);
  while (items.length < count && !centre.isExhausted) {
    const { rand, autn, xres, ck, ik } = centre.nextVector();
    items.push({
      sipItemNumber: items.length + 1,
      sipAuthenticationScheme: name,
      sipAuthenticate: challengeOf(rand, autn),
      sipAuthorization: xres,
      confidentialityKey: ck,
      integrityKey: ik,
    });
  }
  return { sipNumberAuthItems: items.length, sipAuthDataItems: items };
}

/** RAND || AUTN (TS 29.229 6.3.10); as Buffer.concat, at half of its cost. */
function challengeOf(rand: Buffer, autn: Buffer): Buffer {
  const octets = Buffer.allocUnsafe(rand.length + autn.length);
  octets.set(rand, 0);
  octets.set(autn, rand.length);
  return octets;
}

/** TS 29.229 6.3.36. */
export function digestProof({ realm, algorithm, qop, ha1 }: DigestAuthentication): SipAuthDataItem {
  return {
    sipDigestAuthenticate: { digestRealm: realm, digestAlgorithm: algorithm, digestQop: qop, digestHa1: ha1 },
  };
}

function addressProof(address: string): SipAuthDataItem {
  return address.includes(':') ? { framedIpv6Prefix: address } : { framedIpAddress: address };
}
