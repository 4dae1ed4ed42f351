/** Records that lead nowhere would be passed over in silence: they are mistakes of the file. SIP-26. */
import { loadLab } from '../../src/topology/load.js';
import { formatProblem, InputError } from '../../src/topology/problem.js';
import { TestFolder, topologyText } from './files.js';

const folder = new TestFolder();
afterAll(() => folder.remove());

const home = 'ims.mnc001.mcc001.3gppnetwork.org';
const records = `names:
  ${home}:
    naptr: [{ service: SIP+D2U, replacement: _sip._udp.${home} }]
  _sip._udp.${home}:
    srv: [{ target: ICSCF1.${home}, port: 5060 }, { target: far.example.org, port: 5070 }]
  _sip._tcp.${home}:
    srv: [{ target: pcscf1.${home}, port: 5060 }]
  far.example.org: { addresses: [192.0.2.9] }
`;

/** What is wrong with the records once `search` is replaced. */
function mistakes(search: string, replacement: string): readonly string[] {
  const text = topologyText() + records;
  if (!text.includes(search)) throw new Error(`there is no ${search}`);
  try {
    loadLab(folder.write('t.yaml', text.replace(search, replacement)));
  } catch (error) {
    if (error instanceof InputError) {
      return error.problems.map((each) =>
        formatProblem(each).replaceAll(`${folder.path}/`, '').replaceAll(home, 'HOME'),
      );
    }
    throw error;
  }
  return [];
}

describe('SIP-26, RFC 3263 4: what records lead to', () => {
  it('nodes of the file, in letters of either case, and hosts with addresses are there', () => {
    expect(mistakes('names:', 'names:')).toEqual([]);
  });

  it.each([
    [
      `replacement: _sip._udp`,
      `replacement: _sip._upd`,
      "t.yaml:11: names.HOME.naptr[0].replacement: '_sip._upd.HOME' has no srv under names; did you mean '_sip._udp.HOME'?",
    ],
    [
      'ICSCF1',
      'icscf9',
      "t.yaml:13: names._sip._udp.HOME.srv[0].target: there is no node 'icscf9.HOME', and no addresses under names; did you mean 'icscf1.HOME'?",
    ],
    [
      'ICSCF1',
      'hss1',
      "t.yaml:13: names._sip._udp.HOME.srv[0].target: there is no node 'hss1.HOME', and no addresses under names; ",
    ],
    [
      'target: far.example.org',
      'target: for.example.org',
      "t.yaml:13: names._sip._udp.HOME.srv[1].target: there is no node 'for.example.org', and no addresses under names; did you mean 'far.example.org'?",
    ],
    [
      'target: pcscf1',
      'target: icscf1',
      't.yaml:15: names._sip._tcp.HOME.srv[0].port: icscf1.HOME takes nothing at tcp port 5060; use one of udp://127.0.9.2:5060',
    ],
  ])('%s → %s is found, with its place', (search, replacement, expected) => {
    const found = mistakes(search, replacement);
    expect(found).toHaveLength(1);
    expect(found[0]!.replace(/(:\d+):\d+: /, '$1: ')).toContain(expected);
  });
});
