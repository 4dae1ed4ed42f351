import fc from 'fast-check';
import {
  AucSqnCounter,
  checkAutn,
  decodeAuts,
  decodeNonce,
  encodeAuts,
  encodeNonce,
  generateVector,
  MilenageKey,
  resynchronise,
  UsimSqnWindow,
} from '../../src/aka/index.js';
import { hex } from './published.js';

const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length }).map((a) => Buffer.from(a));

// TS 35.208 set 1's K, OPc and RAND with SQN 0x21; the AUTN and AUTS agree with two independent computations.
const k = hex('465b5ce8b199b49faa5f0a2ee238a6bc');
const opc = hex('cd63cb71954a9f4e48a5994e37a02baf');
const rand = hex('23553cbe9637a89d218ae64dae47bf35');
const autn = hex('aa689c64835100009f897ef2e7a4c5f8');
const amf = hex('0000');
const key = new MilenageKey(k, opc);

describe('AUTN', () => {
  it('AKA-10: vector for SQN 0x21', () => {
    const vector = generateVector({ key, amf, sqn: 0x21n, rand });
    expect(vector.autn).toEqual(autn);
    expect(vector.xres).toEqual(hex('a54211d5e3ba50bf'));
    expect(vector.ck).toEqual(hex('b40ba9a3c58b2a05bbf0d987b21bf8cb'));
    expect(vector.ik).toEqual(hex('f769bcd751044604127672711c6d3441'));
  });

  it('AKA-10: the vector made at once is the one of f1 and f2 to f5, for any key, SQN and constants', () => {
    const chosen = fc.record({
      c: fc.tuple(...Array.from({ length: 5 }, () => octets(16))),
      r: fc.tuple(...Array.from({ length: 5 }, () => fc.nat(127))),
    });
    const input = fc.tuple(
      octets(16),
      octets(16),
      fc.option(chosen, { nil: undefined }),
      octets(16),
      octets(6),
      octets(2),
    );
    fc.assert(
      fc.property(input, ([k, opc, constants, rand, sqn, amf]) => {
        const key = new MilenageKey(k, opc, constants);
        const atOnce = generateVector({ key, amf, sqn, rand });
        const f1 = key.f1(rand, sqn, amf);
        const f2345 = key.f2345(rand);
        expect(atOnce.autn.subarray(0, 6)).toEqual(Buffer.from(sqn.map((octet, i) => octet ^ f2345.ak[i]!)));
        expect(atOnce.autn.subarray(6)).toEqual(Buffer.concat([amf, f1.macA]));
        expect([atOnce.xres, atOnce.ck, atOnce.ik]).toEqual([f2345.res, f2345.ck, f2345.ik]);
      }),
    );
  });

  it('AKA-11: accepted gives RES, CK, IK; the window has moved', () => {
    const sqnState = new UsimSqnWindow();
    expect(checkAutn({ key, rand, autn, sqnState })).toEqual({
      outcome: 'ok',
      sqn: 0x21n,
      res: hex('a54211d5e3ba50bf'),
      ck: hex('b40ba9a3c58b2a05bbf0d987b21bf8cb'),
      ik: hex('f769bcd751044604127672711c6d3441'),
    });
    expect(sqnState.highest).toBe(0x21n);
  });

  it('AKA-14: the AMF is that of the subscriber, and the card takes any', () => {
    fc.assert(
      fc.property(octets(2), (own) => {
        const vector = generateVector({ key, amf: own, sqn: 0x21n, rand });
        expect(vector.autn.subarray(6, 8)).toEqual(own);
        expect(checkAutn({ key, rand, autn: vector.autn, sqnState: new UsimSqnWindow() }).outcome).toBe('ok');
      }),
    );
  });

  it('AKA-11: the MAC is checked before the SQN', () => {
    const sqnState = new UsimSqnWindow({ startingAt: 0xfe1n });
    const bad = Buffer.from(autn);
    bad[15]! ^= 1;
    expect(checkAutn({ key, rand, autn: bad, sqnState }).outcome).toBe('macFailure');
    expect(sqnState.highest).toBe(0xfe1n);
  });

  it('AKA-12: sync failure yields AUTS for SQN_MS 0xfe1', () => {
    const outcome = checkAutn({ key, rand, autn, sqnState: new UsimSqnWindow({ startingAt: 0xfe1n }) });
    expect(outcome).toEqual({
      outcome: 'syncFailure',
      sqn: 0x21n,
      sqnMs: 0xfe1n,
      auts: hex('451e8becabda4ee27ebb1a9d3c36'),
    });
  });

  it('AKA-13: the HSS takes SQN_MS over and its next vector is SQN 0x1002', () => {
    const counter = new AucSqnCounter({ last: 0x21n });
    const outcome = resynchronise({ key, rand, auts: hex('451e8becabda4ee27ebb1a9d3c36'), counter });
    expect(outcome).toEqual({ outcome: 'resynchronised', sqnMs: 0xfe1n, reset: true });
    const sqn = counter.next();
    expect(sqn).toBe(0x1002n);
    const next = generateVector({ key, amf, sqn, rand: hex('00112233445566778899aabbccddeeff') });
    expect(next.autn).toEqual(hex('3cbc31a420250000ac899eb13c57b675'));
    expect(next.xres).toEqual(hex('9d17cd1d46269624'));
  });

  it('AKA-13: a counter already ahead of SQN_MS stays; a wrong MAC-S gives no vector', () => {
    const ahead = new AucSqnCounter({ last: 0x2000n });
    const auts = hex('451e8becabda4ee27ebb1a9d3c36');
    expect(resynchronise({ key, rand, auts, counter: ahead })).toMatchObject({ reset: false });
    expect(ahead.last).toBe(0x2000n);
    const behind = new AucSqnCounter({ last: 0x21n });
    const bad = Buffer.from(auts);
    bad[13]! ^= 1;
    expect(resynchronise({ key, rand, auts: bad, counter: behind })).toEqual({ outcome: 'macFailure' });
    expect(behind.last).toBe(0x21n);
  });

  it('AKA-11: any generated AUTN is accepted once and a replay is a sync failure', () => {
    const sqn = fc.bigInt({ min: 32n, max: (1n << 33n) - 1n });
    fc.assert(
      fc.property(octets(16), octets(16), octets(16), octets(2), sqn, (anyK, anyOpc, anyRand, anyAmf, sqn) => {
        const key = new MilenageKey(anyK, anyOpc);
        const vector = generateVector({ key, amf: anyAmf, sqn, rand: anyRand });
        const sqnState = new UsimSqnWindow();
        const check = () => checkAutn({ key, rand: anyRand, autn: vector.autn, sqnState });
        expect(check()).toEqual({ outcome: 'ok', sqn, res: vector.xres, ck: vector.ck, ik: vector.ik });
        expect(check().outcome).toBe('syncFailure');
      }),
    );
  });

  it('AKA-13: whatever both sides stand at, one resynchronisation ends in an acceptable vector', () => {
    const anySqn = fc.bigInt({ min: 0n, max: (1n << 48n) - 65n });
    const ind = fc.oneof(fc.constant('rotating' as const), fc.nat(31));
    fc.assert(
      fc.property(anySqn, anySqn, ind, octets(16), octets(16), (last, startingAt, ind, first, second) => {
        const counter = new AucSqnCounter({ last, ind });
        const sqnState = new UsimSqnWindow({ startingAt });
        const challenge = (rand: Buffer) => generateVector({ key, amf, sqn: counter.next(), rand });
        const refused = checkAutn({ key, rand: first, autn: challenge(first).autn, sqnState });
        if (refused.outcome === 'ok') return;
        if (refused.outcome !== 'syncFailure') throw new Error(refused.outcome);
        expect(resynchronise({ key, rand: first, auts: refused.auts, counter }).outcome).toBe('resynchronised');
        expect(checkAutn({ key, rand: second, autn: challenge(second).autn, sqnState }).outcome).toBe('ok');
      }),
    );
  });
});

describe('nonce and auts', () => {
  it('AKA-30: RAND and AUTN as in RFC 3310 3.2; server data after them is ignored', () => {
    const nonce = 'I1U8vpY3qJ0hiuZNrke/NaponGSDUQAAn4l+8uekxfg=';
    expect(encodeNonce(rand, autn)).toBe(nonce);
    expect(decodeNonce(nonce)).toEqual({ rand, autn });
    // The sample of RFC 3310 4 carries four octets more.
    const sample = decodeNonce('MzQ0a2xrbGtmbGtsZm9wb2tsc2tqaHJzZXNy9uQyMzMzMzQK=')!;
    expect(sample.rand.toString('latin1')).toBe('344klklkflklfopo');
    expect(sample.autn).toHaveLength(16);
  });

  it('AKA-30: what is no base64 or too short is no nonce', () => {
    expect(decodeNonce('')).toBeUndefined();
    expect(decodeNonce('I1U8vpY3qJ0hiuZNrke/NaponGSDUQAAn4l+8ueκkxfg=')).toBeUndefined();
    expect(decodeNonce('I1U8vpY3qJ0hiuZN!!!!!!!!!!!!!!!!!!!!!!!!!!!!')).toBeUndefined();
    expect(decodeNonce('I1U8vpY3qJ0hiuZNrke/NQ==')).toBeUndefined();
  });

  it('AKA-33: auts has 14 octets in 20 characters, anything else is refused', () => {
    const auts = hex('451e8becabda4ee27ebb1a9d3c36');
    expect(encodeAuts(auts)).toBe('RR6L7KvaTuJ+uxqdPDY=');
    expect(decodeAuts('RR6L7KvaTuJ+uxqdPDY=')).toEqual(auts);
    expect(decodeAuts('CjkyMzRfOiwg5CfkJ2UK=')).toBeUndefined(); // RFC 3310 4's sample: 15 octets
    expect(decodeAuts('')).toBeUndefined();
  });
});
