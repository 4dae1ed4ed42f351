import fc from 'fast-check';
import {
  alternatives,
  authenticationFunctions,
  checkAutn,
  computeOpc,
  computeTopc,
  diagnoseAuts,
  diagnoseMacFailure,
  encodeSqn,
  generateAuts,
  generateVector,
  isAutnOf,
  type KeyMaterial,
  MilenageKey,
  openAuts,
  standardConstants,
  UsimSqnWindow,
} from '../../src/aka/index.js';
import { hex } from './published.js';

const k = hex('465b5ce8b199b49faa5f0a2ee238a6bc');
const op = hex('cdc202d5123e20f62b6d676ac72cb318');
const opc = hex('cd63cb71954a9f4e48a5994e37a02baf');
const rand = hex('23553cbe9637a89d218ae64dae47bf35');
const amf = hex('8000');
const own = { algorithm: 'milenage', k, opc } as const;

function autnOf(material: KeyMaterial): Buffer {
  return generateVector({ key: authenticationFunctions(material), amf, sqn: 0x42n, rand }).autn;
}

function milenage(netK: Buffer, netOpc: Buffer): Buffer {
  return autnOf({ algorithm: 'milenage', k: netK, opc: netOpc });
}

/** Written by hand, so that the table is compared with something else than itself. */
const hexReadAsText = Buffer.from('465b5ce8b199b49f', 'latin1');
const opcHalves = hex('48a5994e37a02bafcd63cb71954a9f4e');
const kReversed = hex('bca638e22e0a5faa9fb499b1e85c5b46');

describe('why the MAC of AUTN is wrong', () => {
  it.each([
    ['opcIsOp', { material: { ...own, opc: op } }, milenage(k, opc)],
    ['opcIsOp', { material: own, op }, milenage(k, computeOpc(k, opc))],
    ['networkUsesOpAsOpc', { material: own, op }, milenage(k, op)],
    ['networkOpIsZero', { material: own }, milenage(k, computeOpc(k, Buffer.alloc(16)))],
    ['networkOpcIsZero', { material: own }, milenage(k, Buffer.alloc(16))],
    ['kAndOpcSwapped', { material: { ...own, k: opc, opc: k } }, milenage(k, opc)],
    ['kAndOpSwapped', { material: own, op }, milenage(op, computeOpc(op, k))],
    ['networkUsesXor', { material: own }, autnOf({ algorithm: 'xor', k })],
    ['opcHalvesSwapped', { material: own }, milenage(k, opcHalves)],
    ['kReversed', { material: own }, milenage(kReversed, opc)],
    ['kReversed', { material: own, op }, milenage(kReversed, computeOpc(kReversed, op))],
    ['kHexTakenAsText', { material: own }, milenage(hexReadAsText, opc)],
    [
      'kTextTakenAsHex',
      { material: { ...own, k: hexReadAsText } },
      milenage(hex('465b5ce8b199b49f0000000000000000'), opc),
    ],
    ['kOrOpcDiffer', { material: { ...own, k: rand }, op }, milenage(k, opc)],
    ['networkUsesMilenage', { material: { algorithm: 'xor', k } as const }, milenage(k, Buffer.alloc(16))],
    ['networkUsesMilenage', { material: { algorithm: 'xor', k } as const, op }, milenage(k, opc)],
    ['xorDiffers', { material: { algorithm: 'xor', k } as const }, milenage(k, opc)],
  ])('%s', (cause, ue: { material: KeyMaterial; op?: Buffer }, autn) => {
    const key = authenticationFunctions(ue.material);
    expect(checkAutn({ key, rand, autn, sqnState: new UsimSqnWindow() }).outcome).toBe('macFailure');
    expect(diagnoseMacFailure({ ...ue, rand, autn }).cause).toBe(cause);
  });

  it('constants of the operator against the standard ones', () => {
    const constants = { ...standardConstants, r: [64, 0, 32, 64, 97] };
    const material = { ...own, constants: { ...constants, r: [63, 0, 32, 64, 96] } };
    expect(diagnoseMacFailure({ material, rand, autn: autnOf(own) }).cause).toBe('networkUsesStandardConstants');
  });

  it('TUAK', () => {
    const top = Buffer.alloc(32, 5);
    const topc = computeTopc(k, top);
    const card = { algorithm: 'tuak', k, topc } as const;
    const cause = (material: KeyMaterial, network: KeyMaterial) =>
      diagnoseMacFailure({ material, rand, autn: autnOf(network) }).cause;
    expect(cause({ ...card, topc: top }, card)).toBe('topcIsTop');
    expect(cause(card, { ...card, topc: computeTopc(k, Buffer.alloc(32)) })).toBe('networkTopIsZero');
    expect(cause(card, { ...card, iterations: 2 })).toBe('networkIteratesOtherwise');
    expect(cause(card, { ...card, resBits: 128 })).toBe('networkHasOtherLengths');
    expect(cause({ ...card, resBits: 32 }, { ...card, ckBits: 256, ikBits: 256 })).toBe('networkHasOtherLengths');
    expect(cause(card, { ...card, k: kReversed })).toBe('kReversed');
    expect(cause(card, own)).toBe('kOrTopcDiffer');
  });

  it('sqnNotConcealed, amfNotInMac', () => {
    const plain = Buffer.concat([encodeSqn(0x42n), milenage(k, opc).subarray(6)]);
    expect(diagnoseMacFailure({ material: own, rand, autn: plain }).cause).toBe('sqnNotConcealed');
    const relabelled = Buffer.from(milenage(k, opc));
    relabelled[6] = 0;
    expect(diagnoseMacFailure({ material: own, rand, autn: relabelled }).cause).toBe('amfNotInMac');
  });

  it('whatever a usual mistake makes of random keys is found, with a sentence, a clause and what to do next', () => {
    const octets = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((a) => Buffer.from(a));
    fc.assert(
      fc.property(octets, octets, octets, (anyK, anyOp, anyRand) => {
        const material = { algorithm: 'milenage', k: anyK, opc: computeOpc(anyK, anyOp) } as const;
        for (const made of alternatives({ material, op: anyOp })) {
          const key = authenticationFunctions(made.material);
          const { autn } = generateVector({ key, amf, sqn: 1n, rand: anyRand });
          if (isAutnOf(material, anyRand, autn)) continue; // halves that are alike, say
          const found = diagnoseMacFailure({ material, op: anyOp, rand: anyRand, autn });
          expect(found.cause).toBe(made.cause);
          for (const text of [found.text, found.clause, found.next]) expect(text).toMatch(/^\S.*[^.\s]$/);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('two usual mistakes at once: a name is true, and else none is given', () => {
    const octets = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((a) => Buffer.from(a));
    fc.assert(
      fc.property(octets, octets, octets, fc.nat(40), fc.nat(40), (anyK, anyOpc, anyRand, first, second) => {
        const material = { algorithm: 'milenage', k: anyK, opc: anyOpc } as const;
        const some = (of: KeyMaterial, index: number): KeyMaterial => {
          const made = [...alternatives({ material: of })];
          return made[index % made.length]!.material;
        };
        const twice = some(some(material, first), second);
        const { autn } = generateVector({ key: authenticationFunctions(twice), amf, sqn: 1n, rand: anyRand });
        fc.pre(!isAutnOf(material, anyRand, autn));
        const { cause } = diagnoseMacFailure({ material, rand: anyRand, autn });
        const behind = [...alternatives({ material })].filter((made) => made.cause === cause);
        expect(cause === 'kOrOpcDiffer' || behind.some((made) => isAutnOf(made.material, anyRand, autn))).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});

describe('AUTS', () => {
  const key = new MilenageKey(k, opc);

  it('AKA-12: opens what a card has made', () => {
    const auts = generateAuts({ key, rand, sqnMs: 0xfe1n });
    expect(openAuts(key, rand, auts)).toMatchObject({ sqnMs: encodeSqn(0xfe1n), macFits: true });
    expect(() => openAuts(key, rand, auts.subarray(1))).toThrow(RangeError);
  });

  function auts(conceal: Buffer, mac: Buffer): Buffer {
    const concealed = encodeSqn(0xfe1n).map((octet, index) => octet ^ conceal[index]!);
    return Buffer.concat([concealed, mac]);
  }

  it('AKA-12: AMF* that is not zero, f5 for f5*, MAC-A for MAC-S, and keys', () => {
    const sqn = encodeSqn(0xfe1n);
    const zero = hex('0000');
    const cause = (made: Buffer) => {
      expect(openAuts(key, rand, made).macFits).toBe(false);
      return diagnoseAuts({ material: own, op, rand, auts: made, amf: hex('b9b9') }).cause;
    };
    expect(cause(auts(key.f5Star(rand), key.f1(rand, sqn, amf).macS))).toBe('amfOfAutsNotZero');
    expect(cause(auts(key.f5Star(rand), key.f1(rand, sqn, hex('b9b9')).macS))).toBe('amfOfAutsNotZero');
    expect(cause(auts(key.f5(rand), key.f1(rand, sqn, zero).macS))).toBe('autsConcealedByF5');
    expect(cause(auts(key.f5Star(rand), key.f1(rand, sqn, zero).macA))).toBe('macAInAuts');
    expect(cause(generateAuts({ key: new MilenageKey(k, op), rand, sqnMs: 1n }))).toBe('networkUsesOpAsOpc');
    expect(cause(generateAuts({ key: new MilenageKey(op, opc), rand, sqnMs: 1n }))).toBe('autsOfAnotherChallenge');
    expect(cause(generateAuts({ key, rand: opc, sqnMs: 1n }))).toBe('autsOfAnotherChallenge');
  });
});
