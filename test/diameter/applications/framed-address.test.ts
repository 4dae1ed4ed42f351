import fc from 'fast-check';
import {
  fromFramedAddress,
  fromFramedPrefix,
  toFramedAddress,
  toFramedPrefix,
} from '../../../src/diameter/applications/framed-address.js';

describe('addresses that an access network has given', () => {
  it('RFC 4005 6.11.1: four octets of an IPv4 address', () => {
    expect(fromFramedAddress('10.46.0.2')).toEqual(Buffer.from([10, 46, 0, 2]));
    expect(toFramedAddress(Buffer.from([10, 46, 0, 2]))).toBe('10.46.0.2');
    expect(toFramedAddress(Buffer.alloc(16))).toBeUndefined();
  });

  it('RFC 3162 2.3: reserved octet, length, as many octets as the length needs', () => {
    const octets = Buffer.from('004020010db800000001', 'hex');
    expect(toFramedPrefix(octets)).toBe('2001:db8:0:1:0:0:0:0/64');
    expect(fromFramedPrefix('2001:db8:0:1:0:0:0:0/64')).toEqual(octets);
    expect(fromFramedPrefix('2001:db8:0:1::/64')).toEqual(octets);
    expect(toFramedPrefix(Buffer.from('0040', 'hex'))).toBeUndefined();
    expect(toFramedPrefix(Buffer.from('00', 'hex'))).toBeUndefined();
    expect(toFramedPrefix(Buffer.from('00ff20', 'hex'))).toBeUndefined();
  });

  it('property: every prefix comes back', () => {
    const prefix = fc.tuple(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.integer({ min: 0, max: 16 }));
    fc.assert(
      fc.property(prefix, ([octets, count]) => {
        const sent = Buffer.concat([Buffer.from([0, count * 8]), Buffer.from(octets).subarray(0, count)]);
        expect(fromFramedPrefix(toFramedPrefix(sent)!)).toEqual(sent);
      }),
    );
  });
});
