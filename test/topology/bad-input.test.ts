import { loadLab } from '../../src/topology/load.js';
import { InputError } from '../../src/topology/problem.js';
import { parseOverride } from '../../src/topology/source.js';
import { TestFolder, topologyText } from './files.js';

const folder = new TestFolder();
afterAll(() => folder.remove());

/** The message's lines, with the folder's path cut off. */
function refusal(file: string, overrides: readonly string[] = []): readonly string[] {
  try {
    loadLab(file, overrides.map(parseOverride));
  } catch (error) {
    if (error instanceof InputError) return error.message.replaceAll(`${folder.path}/`, '').split('\n');
    throw error;
  }
  throw new Error('was accepted');
}

function refusalOf(search: string | RegExp, replacement: string): readonly string[] {
  return refusal(
    folder.write(
      't.yaml',
      topologyText((text) => text.replace(search, replacement)),
    ),
  );
}

/** [what, searched, put in its place, the one line that is printed] */
const mistakes: readonly (readonly [string, string | RegExp, string, string])[] = [
  [
    'a wrong key',
    'listen: [udp://127.0.9.2',
    'lisen: [udp://127.0.9.2',
    "t.yaml:4:27: nodes.icscf1.lisen: unknown key; did you mean 'listen'?",
  ],
  ['a wrong key at the top', 'home:', 'hom: x\nhome:', "t.yaml:1:1: hom: unknown key; did you mean 'home'?"],
  [
    'a wrong type',
    'imsi: "001010000000001"',
    'imsi: [1]',
    't.yaml:7:26: nodes.ue1.imsi: [1] is no IMSI; write 14 or 15 digits in quotes, so that leading zeros stay: "001010000000001"',
  ],
  [
    'a number without quotes that loses its zeros',
    '"001010000000001"',
    '001010000000001',
    't.yaml:7:26: nodes.ue1.imsi: 1010000000001 is no IMSI; write 14 or 15 digits in quotes, so that leading zeros stay: "001010000000001"',
  ],
  [
    'a block where a list stands',
    '[udp://127.0.9.2:5060]',
    '{}',
    't.yaml:4:35: nodes.icscf1.listen: {} is no address; write it like udp://127.0.1.1:5060 or udp://[2001:db8::1]:5060',
  ],
  [
    'a host name as address',
    'udp://127.0.9.2:5060',
    'udp://localhost:5060',
    "t.yaml:4:36: nodes.icscf1.listen[0]: 'udp://localhost:5060' has the host localhost, which is no numeric address; use an IPv4 address, or an IPv6 address in [ ]",
  ],
  [
    'an IPv4 address out of range',
    'udp://127.0.9.2:5060',
    'udp://127.0.9.256:5060',
    "t.yaml:4:36: nodes.icscf1.listen[0]: 'udp://127.0.9.256:5060' has the host 127.0.9.256, which is no numeric address; use an IPv4 address, or an IPv6 address in [ ]",
  ],
  [
    'an IPv6 address without brackets',
    'udp://127.0.9.2:5060',
    '"udp://2001:db8::1:5060"',
    "t.yaml:4:36: nodes.icscf1.listen[0]: 'udp://2001:db8::1:5060' is no address; put an IPv6 address in [ ]: udp://[2001:db8::1]:5060",
  ],
  [
    'no port',
    'udp://127.0.9.2:5060',
    'udp://127.0.9.2',
    "t.yaml:4:36: nodes.icscf1.listen[0]: 'udp://127.0.9.2' has no port; add one: udp://127.0.9.2:5060",
  ],
  [
    'a port out of range',
    'udp://127.0.9.2:5060',
    'udp://127.0.9.2:70000',
    "t.yaml:4:36: nodes.icscf1.listen[0]: 'udp://127.0.9.2:70000' has the port 70000; use a port from 1 to 65535",
  ],
  [
    'an unknown transport',
    'udp://127.0.9.2:5060',
    'sctp://127.0.9.2:5060',
    "t.yaml:4:36: nodes.icscf1.listen[0]: 'sctp://127.0.9.2:5060' has the transport 'sctp'; use udp://, tcp:// or tls://",
  ],
  [
    'the wildcard address',
    'udp://127.0.9.2:5060',
    'udp://0.0.0.0:5060',
    "t.yaml:4:36: nodes.icscf1.listen[0]: 'udp://0.0.0.0:5060' is the wildcard address; name the one address that others reach it at",
  ],
  [
    'an unknown node',
    'ue1: { role: ue, imsi: "001010000000001", via: pcscf1',
    'ue1: { role: ue, imsi: "001010000000001", via: pcsf1',
    "t.yaml:7:50: nodes.ue1.via: there is no node 'pcsf1'; did you mean 'pcscf1'?",
  ],
  [
    'a node of another role',
    'diameter: { hss: hss1 }',
    'diameter: { hss: ue1 }',
    "t.yaml:4:76: nodes.icscf1.diameter.hss: 'ue1' is no hss but a ue; name one of hss1",
  ],
  [
    'an unknown profile',
    'via: pcscf1 }',
    'via: pcscf1, profile: ue/ir29 }',
    "t.yaml:7:67: nodes.ue1.profile: there is no profile 'ue/ir29'; did you mean 'ue/ir92'?",
  ],
  [
    'an unknown subscriber file',
    'subscribers/default',
    'subscribers/defalt',
    "t.yaml:6:67: nodes.hss1.subscribers: there is no profile 'subscribers/defalt'; did you mean 'subscribers/default'?",
  ],
  [
    'a duplicate IMSI',
    '"001010000000002"',
    '"001010000000001"',
    "t.yaml:8:26: nodes.ue2.imsi: '001010000000001' is the IMSI of ue1 already; give each UE its own",
  ],
  [
    'an IMSI that no subscriber has',
    '"001010000000002"',
    '"001010000000099"',
    "t.yaml:8:26: nodes.ue2.imsi: no subscriber file of this topology has '001010000000099'; use an IMSI that it has, or give the card by hand: nodes.ue2.sim.k and nodes.ue2.sim.opc",
  ],
  [
    'a duplicate address',
    '127.0.9.3:5060',
    '127.0.9.2:5060',
    't.yaml:5:36: nodes.scscf1.listen[0]: udp://127.0.9.2:5060 is taken by icscf1 (t.yaml:4:36); give each node an address or a port of its own',
  ],
  [
    'TLS at the port of TCP',
    'tcp://127.0.9.1:5060]',
    'tcp://127.0.9.1:5060, tls://127.0.9.1:5060], tls: { certificate: tls/core.pem, key: tls/core.key }',
    't.yaml:3:80: nodes.pcscf1.listen[2]: tls://127.0.9.1:5060 is taken by pcscf1 (t.yaml:3:58); give it another port',
  ],
  [
    'a node of the core with TLS alone',
    '[udp://127.0.9.3:5060]',
    '[tls://127.0.9.3:5061], tls: { certificate: tls/core.pem, key: tls/core.key }',
    't.yaml:5:35: nodes.scscf1.listen: has tls:// alone, and nodes of the core speak UDP or TCP to one another; add one with udp:// or tcp://',
  ],
  [
    'a missing role',
    'role: hss, ',
    '',
    't.yaml:6:9: nodes.hss1.role: is missing; add one of p-cscf, i-cscf, s-cscf, hss, dra, slf, as, ue',
  ],
  [
    'an unknown role',
    'role: hss,',
    'role: hsss,',
    "t.yaml:6:17: nodes.hss1.role: 'hsss' is not known here; did you mean 'hss'?",
  ],
  [
    'a missing listen',
    'listen: [tcp://127.0.9.4:3868], ',
    '',
    't.yaml:6:9: nodes.hss1.listen: is missing; add listen: [udp://127.0.1.1:5060]',
  ],
  [
    'an HSS on UDP',
    'tcp://127.0.9.4',
    'udp://127.0.9.4',
    't.yaml:6:31: nodes.hss1.listen[0]: an HSS speaks Diameter over TCP; write tcp:// in place of udp://',
  ],
  [
    'external without an address',
    'role: p-cscf, listen: [udp://127.0.9.1:5060, tcp://127.0.9.1:5060]',
    'role: p-cscf, external: true',
    't.yaml:3:11: nodes.pcscf1.address: is missing; add address: udp://192.0.2.10:5060',
  ],
  [
    'external with listen',
    'role: i-cscf, listen: [udp://127.0.9.2:5060], diameter: { hss: hss1 }',
    'role: i-cscf, external: true, address: udp://192.0.2.9:5060, listen: [udp://127.0.9.2:5060]',
    't.yaml:4:74: nodes.icscf1.listen: unknown key; use one of role, external, address',
  ],
  [
    'a link to an unknown node',
    /$/,
    'links:\n  - { between: [ue1, pcscf9], delay: 20 }\n',
    "t.yaml:10:22: links[0].between[1]: there is no node 'pcscf9'; did you mean 'pcscf1'?",
  ],
  [
    'a link with an impossible loss',
    /$/,
    'links:\n  - { between: [ue1, pcscf1], loss: 2 }\n',
    't.yaml:10:37: links[0].loss: 2 is too big; use 1 or less',
  ],
  [
    'a name that no host may have',
    'icscf1:',
    'I_CSCF:',
    "t.yaml:4:3: nodes.I_CSCF: 'I_CSCF' cannot be a name; use lower-case letters, digits and hyphens, a letter first, such as pcscf1",
  ],
  ['a key twice', 'ue2:', 'ue1:', 't.yaml:8:3: map keys must be unique; keep one of the two'],
  [
    'a word within one of two forms',
    'subscribers: subscribers/default',
    'subscribers: subscribers/default, sh: { permissions: { as.example.org: { read: [msisdm] } } }',
    "t.yaml:6:134: nodes.hss1.sh.permissions.as.example.org.read[0]: 'msisdm' is not known here; did you mean 'msisdn'?",
  ],
  [
    'a word where all or a list stands',
    'subscribers: subscribers/default',
    'subscribers: subscribers/default, sh: { permissions: { as.example.org: { read: msisdn } } }',
    "t.yaml:6:133: nodes.hss1.sh.permissions.as.example.org.read: 'msisdn' is not known here; write all, or a list such as [msisdn, dsai]",
  ],
  [
    'a P-CSCF and an I-CSCF without a common transport',
    /udp:\/\/127\.0\.9\.1:5060, tcp:\/\/127\.0\.9\.1:5060/,
    'tcp://127.0.9.1:5060',
    't.yaml:3:35: nodes.pcscf1.listen: has TCP over IPv4 alone, and icscf1 UDP over IPv4 alone: neither reaches the other (REGISTER to the home domain); add udp://127.0.9.1:5060 here, or tcp://127.0.9.2:5060 to nodes.icscf1.listen',
  ],
  [
    'an S-CSCF of another IP version than the I-CSCF',
    'udp://127.0.9.3:5060',
    '"udp://[::1]:5060"',
    't.yaml:4:35: nodes.icscf1.listen: has UDP over IPv4 alone, and scscf1 UDP over IPv6 alone: neither reaches the other (what it sends to the S-CSCF of a user); add udp:// with an IPv6 address here, or udp:// with an IPv4 address to nodes.scscf1.listen',
  ],
  [
    'a UE that speaks another transport than its P-CSCF',
    /tcp:\/\/127\.0\.9\.1:5060\] \}([\s\S]*)imsi: "001010000000001",/,
    'udp://127.0.9.1:5070] }$1imsi: "001010000000001", listen: [tcp://127.0.9.11:5060],',
    't.yaml:7:53: nodes.ue1.listen: has TCP over IPv4 alone, and pcscf1 UDP over IPv4 alone: neither reaches the other; add a transport of nodes.pcscf1.listen here, or one of this there',
  ],
  [
    'a home domain whose MNC has two digits (REG-01, TS 23.003 13.2)',
    'home: ims.mnc001.mcc001',
    'home: ims.mnc01.mcc001',
    "t.yaml:1:7: home: 'ims.mnc01.mcc001.3gppnetwork.org' is no domain of a network; write mnc and mcc with three digits each, MNC 01 as mnc001: ims.mnc001.mcc001.3gppnetwork.org",
  ],
  [
    'an Origin-Host with a hyphen at the end of a label',
    'listen: [tcp://127.0.9.4:3868]',
    'external: true, address: "tcp://127.0.9.4:3868", origin-host: hss.example-',
    "t.yaml:6:84: nodes.hss1.origin-host: 'hss.example-' is no domain name; write it like ims.mnc001.mcc001.3gppnetwork.org",
  ],
  [
    'a permission for an Origin-Host that is no domain name',
    'subscribers: subscribers/default',
    'subscribers: subscribers/default, sh: { permissions: { as..example: { read: all } } }',
    "t.yaml:6:109: nodes.hss1.sh.permissions.as..example: 'as..example' is no domain name; write the Origin-Host of the application server in full, or the name of a node",
  ],
  [
    'an IPv6 address without quotes in a list',
    'listen: [udp://127.0.9.1:5060',
    'listen: [udp://[::1]:5060',
    't.yaml:3:42: missing , or : between flow sequence items; put an IPv6 address in quotes: "udp://[::1]:5060"',
  ],
  [
    'broken YAML',
    'ue1: {',
    'ue1: [',
    't.yaml:7:57: flow sequence in block collection must be sufficiently indented and end with a ]; mend the YAML here',
  ],
];

describe('a topology with one mistake says where it is and how to mend it', () => {
  it.each(mistakes)('%s', (_what, search, replacement, expected) => {
    const lines = refusalOf(search, replacement);
    expect(lines).toContain(expected);
  });

  it('and says nothing else for what has no consequences', () => {
    const alone = mistakes.filter(
      ([what]) =>
        !['broken YAML', 'an IPv6 address without quotes in a list', 'a name that no host may have'].includes(what),
    );
    for (const [what, search, replacement, expected] of alone) {
      expect([what, refusalOf(search, replacement)]).toEqual([what, [expected]]);
    }
  });
});

describe('other refusals', () => {
  it('lists several mistakes at once, each with its place', () => {
    const lines = refusal(
      folder.write(
        't.yaml',
        topologyText((text) =>
          text
            .replace('lisen', 'x')
            .replace('role: hss', 'role: has')
            .replace('127.0.9.3', '127.0.9')
            .replace('via: pcscf1', 'via: no'),
        ),
      ),
    );
    expect(lines.length).toBeGreaterThanOrEqual(3);
    expect(lines.every((line) => /^t\.yaml:\d+:\d+: nodes\./.test(line))).toBe(true);
  });

  it('points into the file that is at fault, not the one that names it', () => {
    folder.write('people.yaml', 'subscribers:\n  - { imsi: "001010000000001", msisdn: "+15550100001", k: 00 }\n');
    const lines = refusal(
      folder.write(
        't.yaml',
        topologyText((text) => text.replace('subscribers/default', 'people.yaml')),
      ),
    );
    expect(lines[0]).toBe(
      'people.yaml:2:59: subscribers[0].k: 0 is not 32 or 64 hexadecimal digits; write 32 or 64 hexadecimal digits in quotes',
    );
  });

  it('names the option when a --set is at fault', () => {
    const file = folder.write('t.yaml', topologyText());
    expect(refusal(file, ['nodes.ue1.via=pcscf2'])).toEqual([
      "--set nodes.ue1.via=pcscf2: nodes.ue1.via: there is no node 'pcscf2'; did you mean 'pcscf1'?",
    ]);
    expect(refusal(file, ['nodes.ue1.sim.kk=1'])).toEqual([
      "--set nodes.ue1.sim.kk=1: nodes.ue1.sim.kk: unknown key; did you mean 'k'?",
    ]);
    expect(refusal(file, ['nodes.ue1.sim.k=465b5ce8b199b49faa5f0a2ee238a6bO'])).toEqual([
      "--set nodes.ue1.sim.k=465b5ce8b199b49faa5f0a2ee238a6bO: nodes.ue1.sim.k: '465b5ce8b199b49faa5f0a2ee238a6bO' has 'O' at place 32, which is no hexadecimal digit; write 32 or 64 hexadecimal digits in quotes",
    ]);
    expect(refusal(file, ['nodes.ue9.call.answer=busy'])).toEqual([
      '--set nodes.ue9.call.answer=busy: nodes.ue9.role: is missing; add one of p-cscf, i-cscf, s-cscf, hss, dra, slf, as, ue, or mend the option: t.yaml has no nodes.ue9',
    ]);
    expect(refusal(file, ['home.x=1'])[0]).toContain('--set home.x=1: home.x:');
    expect(() => parseOverride('nodes.ue1')).toThrow('--set nodes.ue1: is not PATH=VALUE; write it like');
  });

  it.each([
    ['nowhere.yaml', undefined, 'nowhere.yaml: cannot be read, there is no such file; check the path'],
    [
      'binary.yaml',
      Buffer.from([0xff, 0xfe, 0, 1]),
      'binary.yaml: cannot be read, it is not UTF-8 text; save it as UTF-8',
    ],
    ['empty.yaml', '', 'empty.yaml:1:1: the file is empty; begin with a copy of one that is shipped'],
    ['list.yaml', '- 1\n', 'list.yaml:1:1: [1] is not a block of keys; write a block of keys'],
  ])('a file that is no topology: %s', (name, contents, expected) => {
    const file = contents === undefined ? `${folder.path}/${name}` : folder.write(name, contents);
    expect(refusal(file)).toEqual([expected]);
  });

  it.each([
    [
      'a subscriber twice',
      '  - { imsi: "001010000000001", msisdn: "+15550100009", k: KEY, opc: KEY }\n',
      "'001010000000001' belongs to the subscriber at people.yaml:2:5 already",
    ],
    [
      'a number twice',
      '  - { imsi: "001010000000009", msisdn: "+15550100001", k: KEY, opc: KEY }\n',
      "'sip:+15550100001@ims.mnc001.mcc001.3gppnetwork.org' belongs to",
    ],
    [
      'no OP and no OPc',
      '  - { imsi: "001010000000009", msisdn: "+15550100009", k: KEY }\n',
      'has neither op nor opc; add one of them',
    ],
    [
      'nobody to be reached',
      '  - { imsi: "001010000000009", k: KEY, opc: KEY }\n',
      'has neither msisdn nor identities; add',
    ],
    [
      'OP and OPc',
      '  - { imsi: "001010000000009", msisdn: "+15550100009", k: KEY, opc: KEY, op: KEY }\n',
      'stands beside an op; keep one',
    ],
    [
      'a bad identity',
      '  - { imsi: "001010000000009", identities: [mailto:x], k: KEY, opc: KEY }\n',
      "'mailto:x' is no public identity; write sip:user@domain",
    ],
    [
      'only barred identities',
      '  - { imsi: "001010000000009", identities: [{ uri: "tel:+1", barred: true }], k: KEY, opc: KEY }\n',
      'are all barred; leave one',
    ],
  ])('a subscriber file with %s', (_what, line, expected) => {
    const key = '"00112233445566778899aabbccddeeff"';
    const text = `subscribers:\n  - { imsi: "001010000000001", msisdn: "+15550100001", k: KEY, opc: KEY }\n${line}`;
    folder.write('people.yaml', text.replaceAll('KEY', key));
    const lines = refusal(
      folder.write(
        't.yaml',
        topologyText((topology) => topology.replace('subscribers/default', 'people.yaml')),
      ),
    );
    expect(lines[0]).toContain(expected);
    expect(lines[0]).toMatch(/^people\.yaml:3:\d+: subscribers\[1]/);
  });
});

it('of two settings of one key the one that counts is to blame', () => {
  const before = { ...parseOverride('nodes.ue1.call.answer=busy'), where: 's.yaml:3:3' };
  const after = parseOverride('nodes.ue1.call.answer=bussy');
  const file = folder.write('t.yaml', topologyText());
  const load = () => loadLab(file, [before, after]);
  expect(load).toThrow(/^--set nodes\.ue1\.call\.answer=bussy: nodes\.ue1\.call\.answer: 'bussy' is not known here/);
});

it('YAML aliases that lead nowhere or multiply are mistakes of the file', () => {
  const unknown = folder.write('t.yaml', 'home: *other\nnodes: { ue1: *ue }\n');
  expect(refusal(unknown)).toEqual([
    't.yaml:1:7: *other names nothing; write &other at the value that is meant, above this line',
    't.yaml:2:15: *ue names nothing; write &ue at the value that is meant, above this line',
  ]);
  const ten = (name: string) => `[${Array.from({ length: 10 }, () => name).join(', ')}]`;
  const bomb = ['a', 'b', 'c', 'd'].map(
    (name, at, names) => `${name}: &${name} ${ten(at === 0 ? 'x' : `*${names[at - 1]}`)}`,
  );
  expect(refusal(folder.write('t.yaml', `${bomb.join('\n')}\nhome: *d\n`))).toEqual([
    't.yaml: its aliases multiply without end; write the values out',
  ]);
});
