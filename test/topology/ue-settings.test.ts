/** What profiles and topologies say of UEs beyond their calls: authentication, registration, cards, quirks, several P-CSCFs. */
import { computeOpc } from '../../src/aka/index.js';
import { isUe, type LabUe } from '../../src/topology/lab.js';
import { loadLab } from '../../src/topology/load.js';
import { ueConfig } from '../../src/topology/node-config.js';
import { InputError } from '../../src/topology/problem.js';
import { changedSetting } from '../../src/topology/settings.js';
import { parseOverride } from '../../src/topology/source.js';
import { TestFolder, topologyText } from './files.js';

const folder = new TestFolder();
afterAll(() => folder.remove());

function loaded(ueLine = '', set: readonly string[] = []) {
  const text = topologyText().replace(/(ue1: *\{)/, `$1 ${ueLine}`);
  const lab = loadLab(folder.write('t.yaml', text), set.map(parseOverride));
  return { lab, ue: lab.nodes.find((node): node is LabUe => isUe(node) && node.name === 'ue1')! };
}

function refusal(ueLine: string, set: readonly string[] = []): readonly string[] {
  try {
    loaded(ueLine, set);
  } catch (error) {
    if (error instanceof InputError) return error.problems.map(({ key, what, mend }) => `${key}: ${what}; ${mend}`);
    throw error;
  }
  return [];
}

it('a UE that says nothing registers with AKA over one flow, without anything extra', () => {
  const { lab, ue } = loaded();
  expect(ueConfig(ue, lab)).toMatchObject({
    authentication: { scheme: 'aka' },
    security: { mechanism: 'none' },
    registration: { expires: 600_000, features: ['+g.3gpp.smsip'], gruu: false, flows: 1, subscribe: false },
    quirks: {},
  });
});

it('the line says it in kebab-case', () => {
  const { ue } = loaded(
    'registration: { features: [video], gruu: true, flows: 2, keep-alive: 29s, subscribe: true }, quirks: { no-rport: true, forged-integrity-protected: "yes" },',
  );
  expect(ue.settings.registration).toEqual({
    expires: 600_000,
    features: ['video'],
    gruu: true,
    flows: 2,
    keepAliveMs: 29_000,
    subscribe: true,
  });
  expect(ue.settings.quirks).toEqual({ noRport: true, forgedIntegrityProtected: 'yes' });
});

describe('authentication', () => {
  it('SIP Digest takes the password of the line', () => {
    const { ue } = loaded('authentication: { scheme: sip-digest, password: secret },');
    expect(ue.authentication).toEqual({ scheme: 'sip-digest', secret: { password: Buffer.from('secret') } });
  });

  it('SIP Digest without any password is refused', () => {
    expect(refusal('authentication: { scheme: sip-digest },')).toEqual([
      'nodes.ue1: has no password, and its subscriber has none for SIP Digest; add nodes.ue1.authentication.password, or let the subscriber have one',
    ]);
  });

  it('follows the subscriber where the UE says nothing', () => {
    const line = (authentication: string) =>
      `subscribers:\n  - { imsi: "001010000000001", msisdn: "+15550100001", authentication: ${authentication} }\n  - { imsi: "001010000000002", msisdn: "+15550100002", k: 465b5ce8b199b49faa5f0a2ee238a6bc, opc: cd63cb71954a9f4e48a5994e37a02baf }\n`;
    const authenticationWith = (authentication: string) => {
      folder.write('own.yaml', line(authentication));
      return loaded('', ['nodes.hss1.subscribers=./own.yaml']).ue.authentication;
    };
    const digest = authenticationWith('{ scheme: sip-digest, password: secret }');
    expect(digest).toMatchObject({ scheme: 'sip-digest', secret: { ha1: expect.stringMatching(/^[0-9a-f]{32}$/) } });
    expect(authenticationWith('{ scheme: giba, framed-address: 192.0.2.1 }')).toEqual({ scheme: 'none' });
  });
});

describe('a card', () => {
  it('stands beside the HSS by an offset, and not below 0', () => {
    expect(loaded('sim: { sqn-offset: 4096 },').ue.sim.sqn).toBe(0x100000001000n);
    expect(loaded('sim: { sqn-offset: -4096 },').ue.sim.sqn).toBe(0xffffffff000n);
    expect(loaded('sim: { sqn-offset: -9007199254740991 },').ue.sim.sqn).toBe(0n);
  });

  it('computes its OPc of what the HSS has as OPc', () => {
    const [{ ue: usual }, { ue }] = [loaded(), loaded('sim: { hss-has-op-as-opc: true },')];
    const { k, opc } = usual.sim.material as { k: Buffer; opc: Buffer };
    expect(ue.sim.material).toMatchObject({ opc: computeOpc(k, opc) });
  });

  it('comes from the profile, and the line wins', () => {
    folder.write('my-ue.yaml', 'sim: { k: 00112233445566778899aabbccddeeff, auts-amf: "8000" }\n');
    const { ue } = loaded('profile: ./my-ue.yaml, sim: { auts-amf: "4000" },');
    expect(ue.sim.material.k.toString('hex')).toBe('00112233445566778899aabbccddeeff');
    expect(ue.sim.autsAmf).toEqual(Buffer.from('4000', 'hex'));
  });
});

describe('REG-16: several P-CSCFs', () => {
  const second = (text: string) =>
    text.replace('  icscf1:', '  pcscf2: { role: p-cscf, listen: [udp://127.0.9.8:5060] }\n  icscf1:');

  it('are asked in the order of the list', () => {
    const text = second(topologyText()).replace('via: pcscf1 }', 'via: [pcscf2, pcscf1] }');
    const lab = loadLab(folder.write('two.yaml', text));
    const ue = lab.nodes.find((node): node is LabUe => isUe(node))!;
    expect(ue.via).toBe('pcscf2');
    expect(ueConfig(ue, lab).proxy.map(({ endpoint }) => endpoint.address)).toEqual(['127.0.9.8', '127.0.9.1']);
  });

  it('must all be there', () => {
    const text = second(topologyText()).replace('via: pcscf1 }', 'via: [pcscf1, pcscf3] }');
    expect(() => loadLab(folder.write('two.yaml', text))).toThrow(/nodes\.ue1\.via\[1\]: there is no node 'pcscf3'/);
  });
});

it('the identity of a handset that registers its number is the tel URI', () => {
  expect(loaded('quirks: { tel-identity: true },').ue.publicIdentity).toBe('tel:+15550100001');
});

it('REG-15: features and quirks may change while the UE runs; the password may not', () => {
  const { ue } = loaded();
  expect(changedSetting(ue, 'registration.features', ['video'])).toMatchObject({
    live: true,
    node: { settings: { registration: { features: ['video'], expires: 600_000 } } },
  });
  expect(changedSetting(ue, 'quirks.no-rport', true)).toMatchObject({ live: true });
  expect(changedSetting(ue, 'authentication.password', 'x')).toContain('is fixed while the lab runs');
});

it('what is no feature tag is refused', () => {
  expect(refusal('registration: { features: ["a b"] },')[0]).toContain('nodes.ue1.registration.features[0]');
});
