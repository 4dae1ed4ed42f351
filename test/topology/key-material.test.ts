import { computeOpc, computeTopc, standardConstants } from '../../src/aka/index.js';
import { keyMaterialInput, keyMaterialOf } from '../../src/topology/key-material.js';
import { isUe, type LabUe } from '../../src/topology/lab.js';
import { loadLab } from '../../src/topology/load.js';
import { InputError } from '../../src/topology/problem.js';
import { parseOverride } from '../../src/topology/source.js';
import { TestFolder, topologyText } from './files.js';

const folder = new TestFolder();
afterAll(() => folder.remove());

const k = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
const op = Buffer.alloc(16, 1);
const top = Buffer.alloc(32, 2);

describe('key material of a line', () => {
  it('AKA-01, AKA-03: Milenage from OPc or OP, with constants of its own where one of c and r is given', () => {
    expect(keyMaterialOf({ k, op }, {})).toEqual({ algorithm: 'milenage', k, opc: computeOpc(k, op) });
    const r = [1, 2, 3, 4, 5];
    const own = keyMaterialOf({ r }, { k, opc: op });
    expect(own).toEqual({ algorithm: 'milenage', k, opc: op, constants: { c: standardConstants.c, r } });
  });

  it('TS 35.231: TUAK from TOPc or TOP, K of 128 or 256 bits', () => {
    expect(keyMaterialOf({ algorithm: 'tuak', k, topc: top }, {})).toEqual({ algorithm: 'tuak', k, topc: top });
    const long = Buffer.alloc(32, 3);
    const material = keyMaterialOf({ k: long }, { algorithm: 'tuak', top });
    expect(material).toEqual({ algorithm: 'tuak', k: long, topc: computeTopc(long, top) });
  });

  it('TS 35.231 5.1: TUAK with lengths of its own, and Keccak more than once', () => {
    const lengths = { 'res-bits': 128, 'ck-bits': 256, 'ik-bits': 256, iterations: 2 } as const;
    expect(keyMaterialOf({ algorithm: 'tuak', k, top, ...lengths }, {})).toEqual({
      ...{ algorithm: 'tuak', k, topc: computeTopc(k, top, 2) },
      ...{ resBits: 128, ckBits: 256, ikBits: 256, iterations: 2 },
    });
  });

  it('AKA-37: the test algorithm needs K alone, also beside an OPc that others of the file have', () => {
    expect(keyMaterialOf({ algorithm: 'xor', k }, { opc: op })).toEqual({ algorithm: 'xor', k });
  });

  it('comes back from what it was made of', () => {
    const constants = { c: standardConstants.c, r: [1, 2, 3, 4, 5] };
    for (const material of [
      { algorithm: 'milenage', k, opc: op },
      { algorithm: 'milenage', k, opc: op, constants },
      { algorithm: 'tuak', k, topc: top },
      { algorithm: 'tuak', k, topc: top, resBits: 256, ckBits: 256, ikBits: 128, iterations: 3 },
      { algorithm: 'xor', k },
    ] as const) {
      expect(keyMaterialOf({}, keyMaterialInput(material))).toEqual(material);
    }
  });

  it.each([
    [{}, 'k', 'is missing', 'missing'],
    [{ k }, undefined, 'has neither op nor opc', 'missing'],
    [{ k, algorithm: 'tuak' as const }, undefined, 'has neither top nor topc', 'missing'],
    [{ k: top, opc: op }, 'k', 'has 64 hexadecimal digits, which only TUAK takes', 'unfit'],
    [{ k, op, opc: op }, 'opc', 'stands beside an op', 'unfit'],
    [{ k, algorithm: 'tuak' as const, top, topc: top }, 'topc', 'stands beside a top', 'unfit'],
    [{ k, topc: top, opc: op }, 'topc', 'says nothing to milenage', 'unfit'],
    [{ k, opc: op, 'res-bits': 128 as const }, 'res-bits', 'says nothing to milenage', 'unfit'],
    [{ k, algorithm: 'xor' as const, opc: op }, 'opc', 'says nothing to xor', 'unfit'],
  ])('%#: says what is wrong', (line, key, what, problem) => {
    expect(keyMaterialOf(line, {})).toMatchObject({ key, what, problem });
  });
});

describe('key material in files', () => {
  const people = `defaults: { algorithm: tuak, top: "${'02'.repeat(32)}" }
subscribers:
  - { imsi: "001010000000001", msisdn: "+15550100001", k: "${'03'.repeat(32)}" }
  - { imsi: "001010000000002", msisdn: "+15550100002", algorithm: xor, k: "000102030405060708090a0b0c0d0e0f" }
`;

  function ue(name: string, ...overrides: readonly string[]): LabUe {
    folder.write('people.yaml', people);
    const text = topologyText((topology) => topology.replace('subscribers/default', 'people.yaml'));
    const lab = loadLab(folder.write('t.yaml', text), overrides.map(parseOverride));
    return lab.nodes.filter(isUe).find((node) => node.name === name)!;
  }

  it('a card is like its subscriber', () => {
    const long = Buffer.alloc(32, 3);
    expect(ue('ue1').sim.material).toEqual({ algorithm: 'tuak', k: long, topc: computeTopc(long, top) });
    expect(ue('ue2').sim.material).toEqual({ algorithm: 'xor', k });
  });

  it('a card may be of another kind than the HSS takes it for', () => {
    const { material } = ue('ue2', 'nodes.ue2.sim.algorithm=milenage', `nodes.ue2.sim.opc=${op.toString('hex')}`).sim;
    expect(material).toEqual({ algorithm: 'milenage', k, opc: op });
  });

  it('a card that cannot be is refused', () => {
    expect(() => ue('ue2', `nodes.ue2.sim.opc=${op.toString('hex')}`)).toThrow(InputError);
    expect(() => ue('ue2', `nodes.ue2.sim.opc=${op.toString('hex')}`)).toThrow(
      'nodes.ue2.sim.opc: says nothing to xor; leave it out, or write algorithm: milenage',
    );
  });
});
