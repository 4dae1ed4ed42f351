import { isIP, SocketAddress } from 'node:net';
import fc from 'fast-check';
import { addressOctets, addressText, bracketed } from '../src/address-octets.js';

/** RFC 4291 2.2 and 2.5, RFC 5952 4. */
const examples: readonly (readonly [text: string, octets: string, shortest?: string])[] = [
  ['192.0.2.1', 'c0000201'],
  ['::', '00000000000000000000000000000000'],
  ['::1', '00000000000000000000000000000001'],
  [
    'ABCD:EF01:2345:6789:ABCD:EF01:2345:6789',
    'abcdef0123456789abcdef0123456789',
    'abcd:ef01:2345:6789:abcd:ef01:2345:6789',
  ],
  ['2001:DB8:0:0:8:800:200C:417A', '20010db80000000000080800200c417a', '2001:db8::8:800:200c:417a'],
  ['::FFFF:129.144.52.38', '00000000000000000000ffff81903426', '::ffff:8190:3426'],
  ['2001:db8:0:1:1:1:1:1', '20010db8000000010001000100010001'],
  ['2001:0:0:1:0:0:0:1', '20010000000000010000000000000001', '2001:0:0:1::1'],
  ['2001:db8::1:0:0:1', '20010db8000000000001000000000001'],
];

describe('numeric addresses as octets', () => {
  it.each(examples.map((example) => ({ example })))('RFC 4291 2.2, RFC 5952 4: $example.0', ({ example }) => {
    const [text, octets, shortest = text] = example;
    expect(addressOctets(text)?.toString('hex')).toBe(octets);
    expect(addressText(Buffer.from(octets, 'hex'))).toBe(shortest);
  });

  it('takes what the operating system takes, brackets and zones left out', () => {
    const text = fc.string({ unit: fc.constantFrom('0', '1', 'f', ':', '::', '.', '2.3', '%', '['), maxLength: 14 });
    fc.assert(
      fc.property(text, (value) => {
        expect(addressOctets(value) !== undefined).toBe(isIP(value) !== 0 && !value.includes('%'));
      }),
      { numRuns: 2000 },
    );
  });

  it('RFC 5952 4: property: writes octets as the operating system does, and reads them back', () => {
    const group = fc.oneof(fc.constant(0), fc.nat(0xffff));
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const octets = Buffer.from(groups.flatMap((each) => [each >> 8, each & 0xff]));
        const text = addressText(octets);
        expect(addressOctets(text)).toEqual(octets);
        const written = new SocketAddress({ address: text, family: 'ipv6' }).address;
        // The system writes IPv4-compatible and IPv4-mapped addresses with dots.
        if (!written.includes('.')) expect(text).toBe(written);
      }),
      { numRuns: 1000 },
    );
  });

  it('RFC 3986 3.2.2: an IPv6 address stands in brackets before a port', () => {
    expect([bracketed('2001:db8::1'), bracketed('[2001:db8::1]'), bracketed('192.0.2.1'), bracketed('host')]).toEqual([
      '[2001:db8::1]',
      '[2001:db8::1]',
      '192.0.2.1',
      'host',
    ]);
  });
});
