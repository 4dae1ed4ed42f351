import { formats } from '../../../src/diameter/codec/formats.js';

function octetsOf(format: keyof typeof formats, value: unknown): string {
  const bytes = Buffer.alloc(32);
  return bytes.subarray(0, formats[format].write(bytes, 0, value as never)).toString('hex');
}
function valueIn(format: keyof typeof formats, hex: string): unknown {
  const bytes = Buffer.from(hex, 'hex');
  return formats[format].read(bytes, 0, bytes.length);
}

describe('formats', () => {
  it.each([
    // RFC 5905 figure 4: the eras begin in 1900 and 2036; RFC 6733 4.3.1 takes over with the second.
    ['1970-01-01T00:00:00Z', '83aa7e80'],
    ['1972-01-01T00:00:00Z', (2_272_060_800).toString(16)],
    ['1999-12-31T00:00:00Z', (3_155_587_200).toString(16)],
    ['2036-02-08T00:00:00Z', (63_104).toString(16).padStart(8, '0')],
    ['2036-02-07T06:28:15Z', 'ffffffff'],
    ['2036-02-07T06:28:16Z', '00000000'],
  ])('RFC 6733 4.3.1: the Time %s', (date, hex) => {
    expect(octetsOf('Time', Date.parse(date))).toBe(hex);
    expect(valueIn('Time', hex)).toBe(Date.parse(date));
  });

  it.each([
    ['192.0.2.1', '0001c0000201'],
    ['2001:db8::1', '000220010db8000000000000000000000001'],
    ['::', '000200000000000000000000000000000000'],
    // RFC 5952 4.2: one zero group is not shortened, and of two equal runs the first one is.
    ['2001:db8:0:1:1:1:1:1', '000220010db8000000010001000100010001'],
    ['2001:0:0:1::2', '000220010000000000010000000000000002'],
    ['2001:db8::1:0:0:1', '000220010db8000000000001000000000001'],
  ])('RFC 6733 4.3.1: the Address %s', (address, hex) => {
    expect(octetsOf('Address', address)).toBe(hex);
    expect(valueIn('Address', hex)).toBe(address);
  });
});
