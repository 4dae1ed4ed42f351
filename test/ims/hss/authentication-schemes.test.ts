/** MAR for every scheme: TS 29.228 §6.3.1, TS 29.229 6.3.9; AKA-22 to AKA-25. */
import { authenticationFunctions, checkAutn, decodeSqn, UsimSqnWindow } from '../../../src/aka/index.js';
import type { MultimediaAuthInfo, SipAuthDataItem } from '../../../src/diameter/index.js';
import type { SubscriberAuthentication } from '../../../src/ims/subscription/subscriber.js';
import { resultOf } from '../cx-peer.js';
import { homeDomain, publicIdentityOf, subscriber } from '../network.js';
import { hssScene, scscf2 } from './scene.js';

const { aka } = subscriber(1).authentication;
const identity = publicIdentityOf(1);
const digest = { realm: homeDomain, algorithm: 'SHA-256', qop: 'auth', ha1: 'a'.repeat(64) } as const;

function scene(authentication: SubscriberAuthentication) {
  return hssScene({ subscribers: [subscriber(1, { authentication })] });
}

const itemsOf = (answer: object): readonly SipAuthDataItem[] => (answer as MultimediaAuthInfo).sipAuthDataItems ?? [];

/** The SQNs of the vectors, as the card sees them. */
function sqnsOf(items: readonly SipAuthDataItem[]): readonly bigint[] {
  const functions = authenticationFunctions(aka!.material);
  return items.map(({ sipAuthenticate }) => {
    const rand = sipAuthenticate!.subarray(0, 16);
    const ak = functions.f5(rand);
    return decodeSqn(Buffer.from(sipAuthenticate!.subarray(16, 22).map((octet, i) => octet ^ ak[i]!)));
  });
}

const schemes = ['Digest-AKAv1-MD5', 'Digest-AKAv2-MD5', 'SIP Digest', 'Early-IMS-Security', 'NASS-Bundled', 'Unknown'];

it.each<[SubscriberAuthentication, Readonly<Record<string, string>>]>([
  [
    { scheme: 'aka', aka: aka! },
    { 'Digest-AKAv1-MD5': 'Digest-AKAv1-MD5', 'Digest-AKAv2-MD5': 'Digest-AKAv2-MD5' },
  ],
  [
    { scheme: 'sip-digest', digest },
    { 'SIP Digest': 'SIP Digest', Unknown: 'SIP Digest' },
  ],
  [
    { scheme: 'sip-digest', digest, aka: aka! },
    {
      'Digest-AKAv1-MD5': 'Digest-AKAv1-MD5',
      'Digest-AKAv2-MD5': 'Digest-AKAv2-MD5',
      'SIP Digest': 'SIP Digest',
      Unknown: 'SIP Digest',
    },
  ],
  [
    { scheme: 'giba', framedAddress: '192.0.2.9' },
    { 'Early-IMS-Security': 'Early-IMS-Security', Unknown: 'Early-IMS-Security' },
  ],
  [
    { scheme: 'nass-bundled', lineIdentifiers: ['line'] },
    { 'NASS-Bundled': 'NASS-Bundled', Unknown: 'NASS-Bundled' },
  ],
])(
  'TS 29.228 §6.3.1: the subscription decides which schemes there are (%#); others are 5006',
  (authentication, given) => {
    const { mar, network } = scene(authentication);
    for (const scheme of [...schemes, 'Digest-MD5', 'constructor']) {
      const answer = mar(identity, scheme);
      if (!Object.hasOwn(given, scheme)) expect(resultOf(answer)).toBe('experimental 5006');
      else expect(itemsOf(answer)[0]!.sipAuthenticationScheme).toBe(given[scheme]);
    }
    expect(network.causes).toEqual([]); // The S-CSCF may ask for another scheme.
  },
);

it('TS 29.229 6.3.36: SIP Digest brings realm, algorithm, qop and HA1 in one item', () => {
  const [item, ...more] = itemsOf(
    scene({ scheme: 'sip-digest', digest }).mar(identity, 'SIP Digest', { sipNumberAuthItems: 5 }),
  );
  expect(more).toEqual([]);
  expect(item!.sipDigestAuthenticate).toEqual({
    digestRealm: homeDomain,
    digestAlgorithm: 'SHA-256',
    digestQop: 'auth',
    digestHa1: digest.ha1,
  });
});

it('TS 33.203 Annex T, TS 24.229 §5.4.1.2.1E: addresses and lines', () => {
  const item = (authentication: SubscriberAuthentication) => itemsOf(scene(authentication).mar(identity, 'Unknown'))[0];
  expect(item({ scheme: 'giba', framedAddress: '192.0.2.9' })).toMatchObject({ framedIpAddress: '192.0.2.9' });
  expect(item({ scheme: 'giba', framedAddress: '2001:db8:0:9::/64' })?.framedIpv6Prefix).toMatch(
    /^2001:db8:0:9:.*\/64$/,
  );
  expect(item({ scheme: 'nass-bundled', lineIdentifiers: ['a', 'b'] })).toMatchObject({ lineIdentifiers: ['a', 'b'] });
});

it.each([
  [1, 1],
  [3, 3],
  [5, 5],
  [9, 5],
])('AKA-24: %d vectors asked for, %d come, consecutive SQNs in the order of the item numbers', (wanted, count) => {
  const { mar } = scene({ scheme: 'aka', aka: aka! });
  const answer = mar(identity, 'Digest-AKAv1-MD5', { sipNumberAuthItems: wanted });
  const items = itemsOf(answer);
  expect((answer as MultimediaAuthInfo).sipNumberAuthItems).toBe(count);
  expect(items.map(({ sipItemNumber }) => sipItemNumber)).toEqual(Array.from({ length: count }, (_, i) => i + 1));
  // SEQ 1, 2, … with IND 2 (AKA-23)
  expect(sqnsOf(items)).toEqual(items.map((_, i) => BigInt(i + 1) * 32n + 2n));
  const usim = { key: authenticationFunctions(aka!.material), sqnState: new UsimSqnWindow() };
  for (const { sipAuthenticate } of items) {
    const rand = sipAuthenticate!.subarray(0, 16);
    expect(checkAutn({ ...usim, rand, autn: sipAuthenticate!.subarray(16) }).outcome).toBe('ok');
  }
});

it('AKA-22: a rotating IND steps with each vector; the number of its bits is the subscriber’s', () => {
  const sqns = (changes: object) =>
    sqnsOf(
      itemsOf(
        scene({ scheme: 'aka', aka: { ...aka!, ...changes } }).mar(identity, undefined, { sipNumberAuthItems: 4 }),
      ),
    );
  expect(sqns({ ind: 'rotating' })).toEqual([33n, 66n, 99n, 132n]);
  expect(sqns({ ind: 0, indBits: 0 })).toEqual([1n, 2n, 3n, 4n]);
  expect(sqns({ ind: 1, indBits: 1, sqn: 100n })).toEqual([103n, 105n, 107n, 109n]);
});

it('AKA-22, TS 33.102 C.1.1: with a clock SEQ goes on by itself', () => {
  const after = (changes: object): bigint => {
    const { mar, network } = scene({ scheme: 'aka', aka: { ...aka!, ...changes } });
    network.run(60_000);
    return sqnsOf(itemsOf(mar(identity)))[0]! >> 5n;
  };
  expect(after({})).toBe(1n);
  expect(Number(after({ sqnProfile: 'partly-time-based' }))).toBeGreaterThanOrEqual(60); // steps of 1 s
  expect(Number(after({ sqnProfile: 'time-based' }))).toBeGreaterThanOrEqual(600); // steps of 0.1 s
});

it('AKA-24: at the end of the 48 bits fewer vectors come, then 5012; it never wraps', () => {
  const sqn = 2n ** 48n - 65n;
  const { mar, network } = scene({ scheme: 'aka', aka: { ...aka!, sqn } });
  const answer = mar(identity, undefined, { sipNumberAuthItems: 5 });
  expect(itemsOf(answer)).toHaveLength(2);
  expect((answer as MultimediaAuthInfo).sipNumberAuthItems).toBe(2);
  expect(resultOf(mar(identity))).toBe('error 5012');
  expect(network.causes).toEqual(['hss1 cause.sqnExhausted']);
});

it('AKA-24: the counter outlives the registration', () => {
  const { mar, sar } = scene({ scheme: 'aka', aka: aka! });
  const first = sqnsOf(itemsOf(mar(identity)));
  sar([identity]);
  sar([identity], 'USER_DEREGISTRATION');
  expect(sqnsOf(itemsOf(mar(identity)))[0]).toBe(first[0]! + 32n);
});

it('TS 29.228 §6.3.1: SIP Digest of a registered set begins no authentication that the HSS would wait for', () => {
  const { mar, sar, lir, uar } = scene({ scheme: 'sip-digest', digest });
  mar(identity, 'SIP Digest');
  expect((uar(identity) as { serverName?: string }).serverName).toBeDefined();
  sar([identity]);
  mar(identity, 'SIP Digest');
  expect(resultOf(sar([identity], 'AUTHENTICATION_FAILURE'))).toBe('success 2001');
  expect(resultOf(lir(identity))).toBe('success 2001');
});

it('TS 29.228 §6.3.1, §8.1: AUTS through an S-CSCF that does not serve the user is refused and changes nothing', () => {
  const { mar, sar, uar } = scene({ scheme: 'aka', aka: aka! });
  sar([identity]);
  const sipAuthDataItem = { sipAuthenticationScheme: 'Digest-AKAv1-MD5', sipAuthorization: Buffer.alloc(30) };
  expect(resultOf(mar(identity, undefined, { sipAuthDataItem }, scscf2))).toBe('error 5012');
  expect(uar(identity)).toMatchObject({ serverName: expect.stringContaining('scscf1') as string });
});
