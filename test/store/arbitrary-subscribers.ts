/** Any subscriber that a store can be given. */
import fc from 'fast-check';
import type { KeyMaterial } from '../../src/aka/index.js';
import type {
  AkaAuthentication,
  DigestAuthentication,
  Subscriber,
  SubscriberAuthentication,
} from '../../src/ims/subscription/subscriber.js';
import { serviceProfiles } from '../ims/subscription/arbitrary-profiles.js';

const octets = (length: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Buffer.from(bytes));

/** Texts that look like what stores mark things with, too. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).map((each) => each.replaceAll('\0', '.')),
  fc.constantFrom('$n', '$b', '{"$n":"1"}', '7n', 'a b', 'line\nbreak'),
);

const material: fc.Arbitrary<KeyMaterial> = fc.oneof(
  fc.record(
    {
      algorithm: fc.constant('milenage' as const),
      k: octets(16),
      opc: octets(16),
      constants: fc.record({
        c: fc.array(octets(16), { minLength: 5, maxLength: 5 }),
        r: fc.array(fc.nat(127), { minLength: 5, maxLength: 5 }),
      }),
    },
    { requiredKeys: ['algorithm', 'k', 'opc'] },
  ),
  fc.record(
    {
      algorithm: fc.constant('tuak' as const),
      k: fc.oneof(octets(16), octets(32)),
      topc: octets(32),
      iterations: fc.integer({ min: 1, max: 3 }),
      resBits: fc.constantFrom(32 as const, 64 as const, 128 as const, 256 as const),
    },
    { requiredKeys: ['algorithm', 'k', 'topc'] },
  ),
  fc.record({ algorithm: fc.constant('xor' as const), k: octets(16) }),
);

const aka: fc.Arbitrary<AkaAuthentication> = fc.record(
  {
    material,
    amf: octets(2),
    sqn: fc.bigInt({ min: 0n, max: (1n << 48n) - 1n }),
    ind: fc.oneof(fc.nat(31), fc.constant('rotating' as const)),
    indBits: fc.nat(5),
    sqnProfile: fc.constantFrom('sequence' as const, 'partly-time-based' as const, 'time-based' as const),
    resWithoutZeroOctets: fc.boolean(),
  },
  { requiredKeys: ['material', 'amf', 'sqn', 'ind', 'indBits', 'resWithoutZeroOctets'] },
);

const digest: fc.Arbitrary<DigestAuthentication> = fc.record({
  realm: text,
  algorithm: fc.constantFrom('MD5' as const, 'SHA-256' as const),
  qop: fc.constantFrom('auth', 'auth,auth-int'),
  ha1: fc.stringMatching(/^[0-9a-f]{32}$/),
});

const authentication: fc.Arbitrary<SubscriberAuthentication> = fc.record(
  {
    scheme: fc.constantFrom('aka' as const, 'sip-digest' as const, 'giba' as const, 'nass-bundled' as const),
    aka,
    digest,
    framedAddress: fc.ipV4(),
    lineIdentifiers: fc.array(text, { maxLength: 2 }),
  },
  { requiredKeys: ['scheme'] },
);

const numbers = fc.array(fc.nat(1000), { maxLength: 2 });

export const subscribers: fc.Arbitrary<Subscriber> = fc.record(
  {
    imsi: fc.stringMatching(/^(\d{15})?$/),
    privateIdentity: fc.stringMatching(/^[a-z0-9]{1,10}@home\.example$/),
    implicitSets: fc.array(fc.record({ serviceProfiles }), { minLength: 1, maxLength: 2 }),
    authentication,
    capabilities: fc.record({ mandatory: numbers, optional: numbers }),
    visitedNetworks: fc.option(fc.array(text, { maxLength: 2 }), { nil: undefined }),
    looseRoute: fc.constant(true as const),
    mayNotRegister: fc.constant(true as const),
    charging: fc.record(
      { primaryEventChargingFunctionName: text, primaryChargingCollectionFunctionName: text },
      { requiredKeys: [] },
    ),
    subscription: fc.stringMatching(/^[a-z]{1,8}$/),
  },
  {
    requiredKeys: ['imsi', 'privateIdentity', 'implicitSets', 'authentication', 'capabilities', 'visitedNetworks'],
  },
);
