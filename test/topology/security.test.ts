import { algorithmPair } from '../../src/ipsec/index.js';
import type { LabUe, PcscfNode } from '../../src/topology/lab.js';
import { loadLab } from '../../src/topology/load.js';
import { InputError } from '../../src/topology/problem.js';
import { TestFolder, topologyText } from './files.js';

const folder = new TestFolder();
afterAll(() => folder.remove());

/** The P-CSCF and the first UE of the topology with these lines in their entries. */
function loaded(pcscfLine = '', ueLine = '') {
  const text = topologyText()
    .replace(/(pcscf1: *\{)/, `$1 ${pcscfLine}`)
    .replace(/(ue1: *\{)/, `$1 ${ueLine}`);
  const { nodes } = loadLab(folder.write('security.yaml', text));
  const named = (name: string) => nodes.find((node) => node.name === name);
  return {
    pcscf: (named('pcscf1') as PcscfNode).operator.security,
    ue: (named('ue1') as LabUe).settings.security,
  };
}

it('there is no security agreement unless a node asks for one', () => {
  const { pcscf, ue } = loaded();
  expect([pcscf.mechanism, ue.mechanism]).toEqual(['none', 'none']);
});

it('the name of the mechanism is enough: ports, mode and algorithms have defaults', () => {
  const { pcscf, ue } = loaded('security: ipsec-3gpp,', 'security: ipsec-3gpp,');
  expect(pcscf).toMatchObject({ mechanism: 'ipsec-3gpp', clientPort: 6060, serverPort: 6061 });
  expect(pcscf.algorithms).toHaveLength(8);
  expect(pcscf.algorithms[0]).toEqual(algorithmPair('hmac-sha-1-96', 'aes-cbc'));
  expect(pcscf.algorithms.at(-1)!.encryption).toBe('null');
  expect(ue).toMatchObject({ mechanism: 'ipsec-3gpp', mode: 'trans' });
  expect(ue.algorithms).toHaveLength(3);
});

it('AKA-42, REG-23: algorithms are pairs in order of preference', () => {
  const { pcscf, ue } = loaded(
    'security: { mechanism: ipsec-3gpp, algorithms: [null/aes-gcm], client-port: 7060, server-port: 7061 },',
    'security: { mechanism: ipsec-3gpp, algorithms: [aes-gmac/null, hmac-md5-96/des-ede3-cbc], mode: UDP-enc-tun },',
  );
  expect(pcscf).toEqual({
    mechanism: 'ipsec-3gpp',
    algorithms: [{ integrity: 'null', encryption: 'aes-gcm' }],
    clientPort: 7060,
    serverPort: 7061,
  });
  expect(ue).toEqual({
    mechanism: 'ipsec-3gpp',
    algorithms: [
      { integrity: 'aes-gmac', encryption: 'null' },
      { integrity: 'hmac-md5-96', encryption: 'des-ede3-cbc' },
    ],
    mode: 'UDP-enc-tun',
  });
});

it('a node turns on what its profile has settled', () => {
  const settled = 'security: { algorithms: [null/aes-gcm] }\n';
  const { pcscf, ue } = loaded(
    `security: ipsec-3gpp, profile: ${folder.write('operator.yaml', settled)},`,
    `security: ipsec-3gpp, profile: ${folder.write('ue.yaml', settled)},`,
  );
  for (const each of [pcscf, ue]) {
    expect(each).toMatchObject({ mechanism: 'ipsec-3gpp', algorithms: [{ encryption: 'aes-gcm' }] });
  }
});

it.each([
  ['security: ipsec,', "security: 'ipsec' is not known here"],
  ['security: { algorithms: [null/null] },', 'security.algorithms[0]'],
  ['security: { algorithms: [] },', 'security.algorithms'],
  ['security: { mode: tun },', 'security.mode'],
  ['security: { client-port: 6060 },', 'security'],
])('AKA-40: a UE with %s is refused', (line, key) => {
  let problems: readonly string[] = [];
  try {
    loaded('', line);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    problems = error.problems.map((problem) => `${problem.key}: ${problem.what}; ${problem.mend}`);
  }
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(`nodes.ue1.${key}`);
});

describe('what a UE and its P-CSCF must have in common', () => {
  const problemsOf = (pcscfLine: string, ueLine: string): string => {
    try {
      loaded(pcscfLine, ueLine);
    } catch (error) {
      if (error instanceof InputError) return error.message;
      throw error;
    }
    return '';
  };

  it('AKA-50: an answer over TCP and IPsec exclude one another here, whichever of the two is written', () => {
    const text =
      /nodes\.ue1\.profile: answers over TCP, and with IPsec imslab carries UDP alone in ESP; give it security: none/;
    const both = 'security: ipsec-3gpp, quirks: { answer-over-tcp: true },';
    expect(problemsOf('security: ipsec-3gpp,', both)).toMatch(/nodes\.ue1\.quirks\.answer-over-tcp: answers over TCP/);
    const profile = folder.write('mixed.yaml', 'quirks: { answer-over-tcp: true }\nsecurity: ipsec-3gpp\n');
    expect(problemsOf('security: ipsec-3gpp,', `profile: ${profile},`)).toMatch(text);
    expect(problemsOf('', 'quirks: { answer-over-tcp: true },')).toBe('');
  });

  it('TS 24.229 9.2.1: addresses of one family', () => {
    expect(problemsOf('', 'listen: ["udp://[::1]:5080"],')).toMatch(
      /nodes\.ue1\.listen: has an address of IPv6 alone, and pcscf1 of IPv4 alone: neither reaches the other; add an address of IPv4/,
    );
    expect(problemsOf('', 'listen: ["udp://[::1]:5080", udp://127.0.1.77:5080],')).toBe('');
  });
});
