import fc from 'fast-check';
import { decodeAmr, encodeSpeech, isSpeechPayload, sendingMode } from '../../src/media/index.js';
import { audioCodecs } from '../../src/sdp/index.js';

describe('speech payloads', () => {
  it('RFC 4867 4.3: AMR-WB 12.65 is 33 octets: no mode request, one good frame of type 2, no spare bit set', () => {
    const payload = encodeSpeech('AMR-WB', 7, undefined);
    expect(payload).toHaveLength(33);
    expect(payload[0]).toBe(0xf1); // CMR 1111, F 0, FT 001.
    expect(payload[1]! >> 6).toBe(0b01); // FT ...0, Q 1
    expect(payload[32]! & 1).toBe(0); // 263 bits: one is spare
    expect(decodeAmr('AMR-WB', payload)).toEqual({ modeRequest: 15, frames: [{ frameType: 2, quality: true }] });
  });

  it('RFC 4867 4.3, CALL-22: each mode has the length of the bandwidth table', () => {
    for (const codec of ['AMR-WB', 'AMR'] as const) {
      const lengths = audioCodecs[codec].payloadOctets.map((_, mode) => encodeSpeech(codec, 0, [mode]).length);
      expect(lengths).toEqual(audioCodecs[codec].payloadOctets);
    }
    expect(encodeSpeech('EVS', 0, undefined)).toHaveLength(33);
  });

  it('RFC 4867 8.1: mode-set leaves the next lower mode, or its lowest', () => {
    expect(sendingMode('AMR-WB', undefined)).toBe(2);
    expect(sendingMode('AMR-WB', [0, 1, 8])).toBe(1);
    expect(sendingMode('AMR', [0, 2, 4, 7])).toBe(7);
    expect(sendingMode('AMR-WB', [4, 8])).toBe(4);
  });

  it('what is written is read, and the same frame number gives the same octets', () => {
    const codec = fc.constantFrom('AMR-WB' as const, 'AMR' as const);
    fc.assert(
      fc.property(codec, fc.nat(100000), fc.nat(7), (codec, frame, mode) => {
        const payload = encodeSpeech(codec, frame, [mode]);
        expect(decodeAmr(codec, payload)?.frames).toEqual([{ frameType: mode, quality: true }]);
        expect(encodeSpeech(codec, frame, [mode])).toEqual(payload);
        expect(encodeSpeech(codec, frame + 1, [mode])).not.toEqual(payload);
      }),
    );
  });

  it('RFC 4867 4.3.1, 4.5.1: comfort noise, no data and two frames in a packet are read', () => {
    // CMR 1111; F 0 FT 1001 Q 1; 40 bits of SID: 50 bits.
    expect(decodeAmr('AMR-WB', Buffer.from('f4c00000000000', 'hex'))!.frames).toEqual([
      { frameType: 9, quality: true },
    ]);
    // CMR 1111; F 0 FT 1111 Q 1.
    expect(decodeAmr('AMR', Buffer.from('f7c0', 'hex'))!.frames).toEqual([{ frameType: 15, quality: true }]);
    // CMR 1111; F 1 FT 1111 Q 1; F 0 FT 1000 Q 0; 39 bits of SID: 55 bits.
    const two = Buffer.from('ffd00000000000', 'hex');
    expect(decodeAmr('AMR', two)!.frames).toEqual([
      { frameType: 15, quality: true },
      { frameType: 8, quality: false },
    ]);
  });

  it('RFC 4867 4.3: a reserved type, a wrong length or an endless table is no payload', () => {
    expect(decodeAmr('AMR-WB', Buffer.from('f540', 'hex'))).toBeUndefined(); // type 10
    expect(decodeAmr('AMR-WB', encodeSpeech('AMR-WB', 0, undefined).subarray(0, 32))).toBeUndefined();
    expect(decodeAmr('AMR-WB', Buffer.alloc(8, 0xff))).toBeUndefined();
    expect(decodeAmr('AMR-WB', Buffer.alloc(0))).toBeUndefined();
    expect(isSpeechPayload('EVS', Buffer.alloc(34))).toBe(false);
    // Octet-aligned 12.65 (RFC 4867 4.4) is two octets of header: not what was agreed.
    expect(isSpeechPayload('AMR-WB', Buffer.concat([Buffer.from('f014', 'hex'), Buffer.alloc(32)]))).toBe(false);
  });
});
