/** Failed-AVP in the answers in which the HSS itself finds an AVP missing or too many (RFC 6733 7.1.5, 7.5; CX section 6.3). */
import { cx } from '../../../src/diameter/index.js';
import { CxPeer } from '../cx-peer.js';
import { homeDomain, imsiOf, publicIdentityOf, startNetwork } from '../network.js';

const registration = 1;
const unregisteredUser = 3;

/** Result-Code, and code, vendor and text of what failed. */
function assign(
  avps: {
    readonly 'User-Name'?: string;
    readonly 'Public-Identity'?: string[];
    readonly 'Wildcarded-Public-Identity'?: string;
    readonly 'Server-Name'?: string;
  },
  type: 1 | 3,
): unknown {
  const network = startNetwork({ down: ['scscf1', 'icscf1', 'pcscf1'] });
  const { endpoint } = new CxPeer(network);
  const results: unknown[] = [];
  endpoint.request(
    cx.commands['Server-Assignment'],
    {
      'Session-Id': endpoint.newSessionId(),
      'Vendor-Specific-Application-Id': { 'Vendor-Id': 10415, 'Auth-Application-Id': cx.id },
      'Auth-Session-State': 1,
      'Origin-Host': endpoint.local.identity.originHost,
      'Origin-Realm': homeDomain,
      'Destination-Realm': homeDomain,
      'Server-Name': `sip:scscf1.${homeDomain}`,
      'Server-Assignment-Type': type,
      'User-Data-Already-Available': 0,
      ...avps,
    },
    { destinationHost: undefined, destinationRealm: homeDomain },
    (answer) => {
      if (answer.kind !== 'message') throw new Error(answer.reason);
      const failed = answer.avps['Failed-AVP'].flatMap(({ AVP }) => AVP);
      results.push([
        answer.avps['Result-Code'],
        ...failed.map(({ code, vendor, mandatory, data }) => [code, vendor, mandatory, data.toString()]),
      ]);
    },
  );
  network.runUntil(() => results.length > 0, 10_000);
  return results[0];
}

const userName = `${imsiOf(1)}@${homeDomain}`;

it('5005: the AVP that is missing, with a value of the least length', () => {
  expect(assign({ 'Public-Identity': [publicIdentityOf(1)] }, registration)).toEqual([5005, [1, 0, true, '']]);
  expect(assign({ 'User-Name': userName }, unregisteredUser)).toEqual([5005, [601, 10415, true, '']]);
});

it('5009: the first one that is too many', () => {
  const identities = [publicIdentityOf(1), `tel:+15550100001`];
  expect(assign({ 'User-Name': userName, 'Public-Identity': identities }, registration)).toEqual([
    5009,
    [601, 10415, true, 'tel:+15550100001'],
  ]);
});

it('CX-SAR / TS 29.229 6.3.3: 5004: a Server-Name that is no SIP URI', () => {
  const named = (name: string) =>
    assign({ 'User-Name': userName, 'Public-Identity': [publicIdentityOf(1)], 'Server-Name': name }, registration);
  expect(named('scscf1')).toEqual([5004, [602, 10415, true, 'scscf1']]);
  expect(named('')).toEqual([5004, [602, 10415, true, '']]);
  expect(named('SIPS:scscf1.example')).toEqual([2001]);
});

it('CX-SAR / TS 29.229 6.1.3: 5005: a wildcard does not stand for the identity', () => {
  expect(
    assign({ 'User-Name': userName, 'Wildcarded-Public-Identity': `sip:room-!.*!@${homeDomain}` }, unregisteredUser),
  ).toEqual([5005, [601, 10415, true, '']]);
});
