import { isIP, SocketAddress } from 'node:net';
import fc from 'fast-check';
import { parseAddress } from '../../../src/environment/simulated/address.js';

describe('numeric addresses', () => {
  // RFC 5952 4 and 5, RFC 4291 2.2.
  it.each([
    ['2001:0db8::0001', '2001:db8::1'],
    ['2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:DB8::A', '2001:db8::a'],
    ['[::1]', '::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::', '::'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['1::', '1::'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:201', '192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['192.0.2.1', '192.0.2.1'],
  ])('RFC 5952: %s is %s', (text, normal) => {
    expect(parseAddress(text)?.text).toBe(normal);
  });

  it.each([
    '',
    'pcscf',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4.5',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '12345::',
    'g::',
    '1:2:3:4:5:6:7:8:9',
    '::1.2.3',
    '1:2:3:4:5:6:7:8::',
  ])('refuses %j', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it('agrees with the operating system on random addresses', () => {
    const group = fc.oneof(
      fc.constant('0'),
      fc.nat(0xffff).map((value) => value.toString(16)),
    );
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), fc.nat(7), fc.nat(8), (groups, from, length) => {
        const zeros = groups.map((value, index) => (index >= from && index < from + length ? '0' : value));
        const expected = new SocketAddress({ address: zeros.join(':'), family: 'ipv6' }).address;
        const parsed = parseAddress(zeros.join(':'));
        // The system writes IPv4-compatible addresses with dots.
        if (!expected.includes('.')) expect(parsed?.text).toBe(expected);
        expect(isIP(parsed!.text)).toBe(parsed!.family);
        expect(parseAddress(parsed!.text)).toEqual(parsed);
      }),
    );
  });

  it('agrees with the operating system on what is an address', () => {
    const text = fc.string({ unit: fc.constantFrom('0', '1', 'f', ':', '::', '.', '2.3'), maxLength: 14 });
    fc.assert(
      fc.property(text, (value) => {
        expect(parseAddress(value) !== undefined).toBe(isIP(value) !== 0);
      }),
      { numRuns: 2000 },
    );
  });
});
