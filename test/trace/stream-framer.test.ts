import fc from 'fast-check';
import { StreamFramer } from '../../src/trace/stream-framer.js';
import { diameterMessage, sipMessage } from './sample-run.js';

describe('stream framer', () => {
  const sip = sipMessage('INVITE sip:a@b SIP/2.0', '1 INVITE', 'x', 'v=0\r\n');
  const diameter = diameterMessage({ command: 300, request: true });
  const keepAlive = Buffer.from('\r\n\r\n');

  it('RFC 3261 18.3, RFC 6733 3: finds the same messages whatever the pieces', () => {
    for (const messages of [
      [sip, sip, keepAlive, sip],
      [diameter, diameter, diameter],
    ]) {
      const whole = Buffer.concat(messages);
      fc.assert(
        fc.property(fc.array(fc.integer({ min: 0, max: whole.length }), { maxLength: 12 }), (cuts) => {
          const framer = new StreamFramer();
          const ends = [...cuts, whole.length].sort((a, b) => a - b);
          const found = ends.flatMap((end, index) => framer.push(whole.subarray(ends[index - 1] ?? 0, end)));
          const lines = /^[\r\n]+$/;
          const kept = (pieces: Buffer[]) => pieces.map(String).filter((text) => !lines.test(text));
          expect(kept(found)).toEqual(kept(messages));
        }),
        { numRuns: 100 },
      );
    }
  });

  it('holds nothing of a piece that has gone but what has begun', () => {
    const framer = new StreamFramer();
    const piece = Buffer.from(sip.subarray(0, 30));
    expect(framer.push(piece)).toEqual([]);
    piece.fill(0);
    expect(framer.push(sip.subarray(30))).toEqual([sip]);
  });

  it('passes on what begins no message and does not hold a flood', () => {
    expect(new StreamFramer().push(Buffer.from([0x16, 3, 1]))).toEqual([Buffer.from([0x16, 3, 1])]);
    const framer = new StreamFramer();
    const flood = Buffer.alloc(40_000, 'A');
    expect(framer.push(flood)).toEqual([]);
    expect(framer.push(flood)).toHaveLength(1);
    expect(framer.push(sip)).toHaveLength(1);
  });
});
