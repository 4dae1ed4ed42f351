import { simulatedAddresses, singleLoopback } from '../../src/topology/addresses.js';
import { findTopology } from '../../src/topology/find-file.js';
import { isUe, type Lab, type LabUe } from '../../src/topology/lab.js';
import { loadLab } from '../../src/topology/load.js';
import { parseOverride } from '../../src/topology/source.js';
import { TestFolder, topologyText } from './files.js';

const folder = new TestFolder();
afterAll(() => folder.remove());

function load(text: string, overrides: readonly string[] = []): Lab {
  return loadLab(folder.write('t.yaml', text), overrides.map(parseOverride));
}

function ueOf(lab: Lab, name: string): LabUe {
  return lab.nodes.filter(isUe).find((node) => node.name === name)!;
}

function opcOf({ sim: { material } }: LabUe): string | undefined {
  return material.algorithm === 'milenage' ? material.opc.toString('hex') : undefined;
}

function addresses(nodes: Lab['nodes']): readonly string[] {
  return nodes.map(
    ({ name, listen }) =>
      `${name} ${listen.map(({ protocol, address, port }) => `${protocol} ${address} ${port}`).join(', ')}`,
  );
}

describe('the shipped topologies', () => {
  it.each(['volte', 'volte-ipv6', 'volte-two-scscf'])(
    '%s has four roles and two UEs on addresses of their own',
    (name) => {
      const lab = loadLab(findTopology(name));
      expect(new Set(lab.nodes.map(({ role }) => role))).toEqual(new Set(['p-cscf', 'i-cscf', 's-cscf', 'hss', 'ue']));
      const listens = lab.nodes.flatMap(({ listen }) =>
        listen.map(({ protocol, address, port }) => `${protocol} ${address} ${port}`),
      );
      expect(new Set(listens).size).toBe(listens.length);
    },
  );
});

describe('what the topology leaves open', () => {
  it('gives a UE the address 11, 12, … beside its P-CSCF, skipping what others have', () => {
    const lab = load(
      topologyText((text) => text.replace('via: pcscf1 }', 'via: pcscf1, listen: udp://127.0.9.11:5060 }')),
    );
    expect(addresses(lab.nodes).slice(-2)).toEqual([
      'ue1 udp 127.0.9.11 5060',
      'ue2 udp 127.0.9.12 5060, tcp 127.0.9.12 5060',
    ]);
  });

  it('gives UEs of a P-CSCF on ::1 the ports 5101, 5102, … and RTP ports of their own', () => {
    const lab = loadLab(findTopology('volte-ipv6'));
    expect(addresses(lab.nodes).slice(-2)).toEqual([
      'ue1 udp ::1 5101, tcp ::1 5101',
      'ue2 udp ::1 5102, tcp ::1 5102',
    ]);
    expect(lab.nodes.filter(isUe).map(({ rtpPort }) => rtpPort)).toEqual([20000, 20004]);
  });

  it('REG-01: derives the identities, and takes the card from the subscriber file', () => {
    const ue1 = ueOf(load(topologyText()), 'ue1');
    expect(ue1.privateIdentity).toBe('001010000000001@ims.mnc001.mcc001.3gppnetwork.org');
    expect(ue1.publicIdentity).toBe('sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org');
    expect(ue1.sim.material.k.toString('hex')).toBe('465b5ce8b199b49faa5f0a2ee238a6bc');
    expect(ue1.sim.sqn).toBe(0x100000000000n);
  });

  it('AKA-01: computes OPc from an OP', () => {
    const ue2 = ueOf(load(topologyText()), 'ue2');
    expect(opcOf(ue2)).toBe('53c15671c60a4b731c55b4a441c0bde2'); // TS 35.208 set 5
  });

  it('reads an IPv6 address in any spelling as the shortest', () => {
    const lab = load(
      topologyText((text) =>
        text.replace('udp://127.0.9.2:5060', '"udp://[2001:DB8:0:0::0001]:5060", udp://127.0.9.2:5060'),
      ),
    );
    expect(lab.nodes[1]!.listen[0]!.address).toBe('2001:db8::1');
  });
});

describe('a node differs from its profile', () => {
  it('by a section of its own, or by --set', () => {
    const text = topologyText((topology) => topology.replace('via: pcscf1 }', 'via: pcscf1, call: { answer: busy } }'));
    const lab = load(text, ['nodes.ue2.call.answer=ring', 'nodes.ue2.registration.expires=7200']);
    expect(ueOf(lab, 'ue1').settings).toMatchObject({
      answer: 'busy',
      ringMs: 500,
      registration: { expires: 600_000 },
    });
    expect(ueOf(lab, 'ue2').settings).toMatchObject({ answer: 'ring', ringMs: 500, registration: { expires: 7200 } });
  });

  it('plays a wrong card with --set, digits staying digits', () => {
    const lab = load(topologyText(), [
      'nodes.ue1.sim.k=00112233445566778899001122334455',
      'nodes.ue1.sim.sqn=0x20',
      'nodes.ue2.imsi=001010000000003',
    ]);
    const ue1 = ueOf(lab, 'ue1');
    expect(ue1.sim.material.k.toString('hex')).toBe('00112233445566778899001122334455');
    expect(opcOf(ue1)).toBe('cd63cb71954a9f4e48a5994e37a02baf');
    expect(ue1.sim.sqn).toBe(32n);
    expect(ueOf(lab, 'ue2').imsi).toBe('001010000000003');
  });

  it('plays a UE that no HSS knows when the card is given by hand', () => {
    const key = '00112233445566778899aabbccddeeff';
    const lab = load(topologyText(), [
      'nodes.ue1.imsi=001010000000099',
      `nodes.ue1.sim.k=${key}`,
      `nodes.ue1.sim.opc=${key}`,
    ]);
    expect(ueOf(lab, 'ue1').privateIdentity).toBe('001010000000099@ims.mnc001.mcc001.3gppnetwork.org');
  });
});

describe('addresses elsewhere', () => {
  it('are distinct documentation addresses in the simulated environment', () => {
    expect(addresses(loadLab(findTopology('volte-two-scscf')).nodes.map(simulatedAddresses()))).toEqual([
      'pcscf1 udp 192.0.2.1 5060, tcp 192.0.2.1 5060',
      'icscf1 udp 192.0.2.2 5060, tcp 192.0.2.2 5060',
      'scscf1 udp 192.0.2.3 5060, tcp 192.0.2.3 5060',
      'scscf2 udp 192.0.2.4 5060, tcp 192.0.2.4 5060',
      'hss1 tcp 192.0.2.5 3868',
      'ue1 udp 198.51.100.1 5060, tcp 198.51.100.1 5060',
      'ue2 udp 198.51.100.2 5060, tcp 198.51.100.2 5060',
    ]);
    const ipv6 = loadLab(findTopology('volte-ipv6')).nodes.map(simulatedAddresses());
    expect(ipv6.map(({ listen }) => listen[0]!.address)).toEqual([
      '2001:db8::1',
      '2001:db8::2',
      '2001:db8::3',
      '2001:db8::4',
      '2001:db8:1::1',
      '2001:db8:1::2',
    ]);
  });

  it('stay distinct for thousands of UEs', () => {
    const readdress = simulatedAddresses();
    const ue = ueOf(load(topologyText()), 'ue1');
    const drawn = Array.from({ length: 70_000 }, () => readdress(ue).listen[0]!.address);
    expect(new Set(drawn).size).toBe(drawn.length);
    expect(drawn[254]).toBe('198.18.0.1');
    expect(drawn.at(-1)).toBe('198.19.16.114');
  });

  it('move to 127.0.0.1 with ports of their own where a machine has no other loopback address', () => {
    const { nodes } = loadLab(findTopology('volte'));
    const moved: string[] = [];
    const readdress = singleLoopback(
      nodes,
      (address) => address === '127.0.0.1',
      ({ listen }) => moved.push(listen[0]!.address),
    );
    expect(addresses(nodes.map(readdress))).toEqual([
      'pcscf1 udp 127.0.0.1 5060, tcp 127.0.0.1 5060',
      'icscf1 udp 127.0.0.1 5062, tcp 127.0.0.1 5062',
      'scscf1 udp 127.0.0.1 5064, tcp 127.0.0.1 5064',
      'hss1 tcp 127.0.0.1 3868',
      'ue1 udp 127.0.0.1 5066, tcp 127.0.0.1 5066',
      'ue2 udp 127.0.0.1 5068, tcp 127.0.0.1 5068',
    ]);
    expect(moved).toHaveLength(6);
    expect(
      nodes.map(
        singleLoopback(
          nodes,
          () => true,
          () => {},
        ),
      ),
    ).toEqual(nodes);
  });
});
