import fc from 'fast-check';
import { StreamFramer } from '../../../src/diameter/index.js';

function message(length: number, fill: number): Buffer {
  const bytes = Buffer.alloc(length, fill);
  bytes[0] = 1;
  bytes.writeUIntBE(length, 1, 3);
  return bytes;
}

describe('stream framer', () => {
  it('RFC 6733 2.1: finds the messages however the stream is cut', () => {
    const messages = fc.array(
      fc.tuple(fc.integer({ min: 5, max: 400 }), fc.nat(255)).map(([words, fill]) => message(4 * words, fill)),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(messages, fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }), (sent, sizes) => {
        const framer = new StreamFramer(1 << 20);
        const stream = Buffer.concat(sent);
        const received: Buffer[] = [];
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = sizes[i % sizes.length]!;
          // The network may use its buffer again after the call.
          const piece = Buffer.from(stream.subarray(at, at + size));
          expect(framer.push(piece, (one) => received.push(one))).toBeUndefined();
          piece.fill(0xee);
          at += size;
        }
        expect(received).toEqual(sent);
        expect(framer.incomplete).toBe(0);
      }),
    );
  });

  it.each([
    ['shorter than a header', 16],
    ['zero', 0],
    ['not a multiple of 4', 21],
    ['over the limit', 4096],
  ])('CX 6.3: a length that is %s loses the framing', (_, length) => {
    const head = Buffer.alloc(20);
    head[0] = 1;
    head.writeUIntBE(length, 1, 3);
    for (const cut of [1, 3, 4, 20]) {
      const framer = new StreamFramer(2048);
      const results = [framer.push(head.subarray(0, cut), fail), framer.push(head.subarray(cut), fail)];
      expect(results.some((fault) => fault?.reason.includes('message length'))).toBe(true);
    }
    function fail(): void {
      throw new Error('no message was sent');
    }
  });
});
