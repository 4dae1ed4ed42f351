import fc from 'fast-check';
import type { AvpDefinition, Grammar } from '../../../src/diameter/dictionaries/application.js';
import { cxDictionary } from '../../../src/diameter/index.js';

const avps: Readonly<Record<string, AvpDefinition>> = cxDictionary.avps;
const octets = (size: { minLength?: number; maxLength: number }) =>
  fc.uint8Array(size).map((bytes) => Buffer.from(bytes));
const text = fc.oneof(fc.string({ maxLength: 40 }), fc.string({ unit: 'grapheme', maxLength: 90 }));
const unsigned32 = fc.nat(0xffffffff);

const ipv4 = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map((parts) => parts.join('.'));

const byFormat: Readonly<Record<Exclude<AvpDefinition['format'], 'Grouped'>, fc.Arbitrary<unknown>>> = {
  OctetString: octets({ maxLength: 70 }),
  UTF8String: text,
  DiameterIdentity: fc.domain(),
  DiameterURI: fc.domain().map((host) => `aaa://${host}:3868;transport=tcp`),
  Address: fc.oneof(ipv4, fc.constantFrom('::', '::1', '2001:db8::1', '2001:db8:0:1::', 'fe80::1:0:0:1')),
  Integer32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  Unsigned32: unsigned32,
  Unsigned64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  Enumerated: fc.constant(0),
  // RFC 4330 3: from 1968 to 2104.
  Time: fc.integer({ min: -61_505_152, max: 4_233_462_143 }).map((seconds) => seconds * 1000),
};

/** An AVP that no dictionary has, without the M bit. */
export const foreignAvp = fc.record({
  code: fc.integer({ min: 0x10000, max: 0xffffffff }),
  vendor: fc.constantFrom(0, 10415, 13019, 42),
  mandatory: fc.constant(false),
  data: octets({ maxLength: 30 }),
});

function avpValue(name: string): fc.Arbitrary<unknown> {
  if (name === 'AVP') return foreignAvp;
  const { format, values, members } = avps[name]!;
  if (format === 'Enumerated') return fc.constantFrom(...Object.values(values!));
  return format === 'Grouped' ? avpsOf(members!) : byFormat[format];
}

/** All AVPs of a grammar, each as often as it may be. Absent lists are left out, as received ones show them. */
export function avpsOf(grammar: Grammar): fc.Arbitrary<Record<string, unknown>> {
  const model: Record<string, fc.Arbitrary<unknown>> = {};
  for (const [name, occurrence] of Object.entries(grammar)) {
    // What Failed-AVP holds is anything; the rest of the message does not depend on it.
    if (occurrence === 'required' || occurrence === 'optional') model[name] = avpValue(name);
    else model[name] = fc.array(avpValue(name), { minLength: 1, maxLength: 3 });
  }
  const required = Object.keys(grammar).filter((name) => ['required', 'oneOrMore'].includes(grammar[name]!));
  return fc.record(model, { requiredKeys: required });
}
