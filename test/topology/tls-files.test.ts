import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { loadLab } from '../../src/topology/load.js';
import { ueConfig } from '../../src/topology/node-config.js';
import { formatProblem, InputError } from '../../src/topology/problem.js';

const shipped = resolve(__dirname, '../../topologies/volte-tls.yaml');
const folder = mkdtempSync(join(tmpdir(), 'imslab-tls-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What is wrong with the shipped topology once `search` is replaced. */
function refusal(search: string, replacement: string): readonly string[] {
  const file = join(folder, 't.yaml');
  const text = readFileSync(shipped, 'utf8');
  if (!text.includes(search)) throw new Error(`there is no ${search} in ${shipped}`);
  writeFileSync(file, text.replaceAll(search, replacement));
  try {
    loadLab(file);
  } catch (error) {
    if (error instanceof InputError) return error.problems.map((each) => formatProblem(each).replace(`${file}:`, ''));
    throw error;
  }
  return [];
}

describe('SIP-27: a topology with TLS', () => {
  it('gives the P-CSCF its certificate, and UEs whom to believe, where to go, and a point in Via of their own', () => {
    const lab = loadLab(shipped);
    const ue = lab.nodes.find((node) => node.name === 'ue1');
    if (ue?.role !== 'ue' || ue.external) throw new Error('there is no ue1');
    const { listen, tls, securedProxy } = ueConfig(ue, lab);
    expect(listen.at(-1)).toEqual({ protocol: 'tls', address: '127.0.1.11', port: 5061 });
    expect(securedProxy).toEqual([{ protocol: 'tls', endpoint: { address: '127.0.1.1', port: 5061 } }]);
    // RFC 5922 7.1: the name that the topology gives to the node, or its address.
    expect(tls?.namesOf({ address: '127.0.1.1', port: 5061 })).toEqual([
      'pcscf1.ims.mnc001.mcc001.3gppnetwork.org',
      '127.0.1.1',
    ]);
    expect(tls?.identity).toBeUndefined();
    expect(tls?.authorities).toContain('BEGIN CERTIFICATE');
  });

  it.each([
    ['tls/core.pem', 'tls/none.pem', /nodes\.pcscf1\.tls\.certificate: there is no file 'tls\/none\.pem'/],
    ['tls/core.pem', 'tls/core.key', /nodes\.pcscf1\.tls\.certificate: 'tls\/core\.key' has no certificate in PEM/],
    ['tls/core.pem', 'tls/ca.pem', /nodes\.pcscf1\.tls\.key: 'tls\/core\.key' is not the key of the certificate/],
    ['key: tls/core.key', 'key: tls/core.pem', /nodes\.pcscf1\.tls\.key: 'tls\/core\.pem' is no private key in PEM/],
    [', key: tls/core.key', '', /nodes\.pcscf1\.tls\.certificate: stands without a key; add tls\.key/],
    [
      '    tls: { certificate: tls/core.pem, key: tls/core.key }\n',
      '',
      /nodes\.pcscf1\.tls: is missing, and it listens/,
    ],
    [', tls://127.0.1.1:5061', '', /nodes\.ue1\.security: is tls, and pcscf1 has none/],
    [', tls: { authorities: tls/ca.pem }', '', /nodes\.ue1\.tls: names no authorities, and its mechanism is tls/],
    ['tcp://127.0.1.4:3868', 'tls://127.0.1.4:3868', /nodes\.hss1\.listen.*an HSS speaks Diameter over TCP/],
  ])('%s → %s is found, with its place', (search, replacement, expected) => {
    const found = refusal(search, replacement);
    expect(found.join('\n')).toMatch(expected);
    expect(found[0]).toMatch(/^\d+:\d+: nodes\./);
  });

  it('a key that is too short for TLS is found before somebody connects', () => {
    writeFileSync(
      join(folder, 'short.pem'),
      `-----BEGIN CERTIFICATE-----
MIIBbzCCARmgAwIBAgIUZe7ObjEGQZOrXDm/bUYOzW0bONwwDQYJKoZIhvcNAQEL
BQAwDDEKMAgGA1UEAwwBYTAeFw0yNjExMjMwNzMwMTNaFw0zNTAyMDkwNzMwMTNa
MAwxCjAIBgNVBAMMAWEwXDANBgkqhkiG9w0BAQEFAANLADBIAkEAv+x+Nx3JLFAh
D8sLplNrKrxpqp+FkBg7IvF61aSzZGRYN2WWLgoNo2Lja4wwG2Wb9UPfnYwRImWi
0mVzQSAT2wIDAQABo1MwUTAdBgNVHQ4EFgQUKH2s1m9b4A5Mhdb2lLGtvzavLHYw
HwYDVR0jBBgwFoAUKH2s1m9b4A5Mhdb2lLGtvzavLHYwDwYDVR0TAQH/BAUwAwEB
/zANBgkqhkiG9w0BAQsFAANBAH+c6R8FE+7ybaRraPonBpGiPEwQTtwx9V/0zFjT
vCIRyBFYBQNjffUSRSbwvZeHRhq4c6ier0M2KM70H14b1GQ=
-----END CERTIFICATE-----\n`,
    );
    writeFileSync(
      join(folder, 'short.key'),
      `-----BEGIN PRIVATE KEY-----
MIIBVQIBADANBgkqhkiG9w0BAQEFAASCAT8wggE7AgEAAkEAv+x+Nx3JLFAhD8sL
plNrKrxpqp+FkBg7IvF61aSzZGRYN2WWLgoNo2Lja4wwG2Wb9UPfnYwRImWi0mVz
QSAT2wIDAQABAkEAjv0ob/HuHui4KScSz+GYl2d2plthTCDxdjBJXwDtcp4PyU7M
gP/WDynjd1NEHQ0sT9qirZaoikPikle4hu1QOQIhAPf13eWouV3JllC6EvT2n6kR
gfsGv3FpDiCJogpZXPC3AiEAxiWCJLeasQp7C9pGp51K53W1A2lXOirfHWBRjwdu
Sf0CIQDu+ITvhimH6vU0PfBxJ5J+RYJIpJsyuLXFw/9oC/HXhwIgXIwUVzXyaJJu
mkCfE5ah763ImAlRlneDsmLUdSuRVbkCIA8j14aUqBQskS7qVq3RwNE39Bl+qYjn
r5oX2pG4MI/8
-----END PRIVATE KEY-----\n`,
    );
    const found = refusal('certificate: tls/core.pem, key: tls/core.key', 'certificate: short.pem, key: short.key');
    expect(found.join('\n')).toMatch(/nodes\.pcscf1\.tls\.key: 'short\.key' and its certificate are not fit for TLS/);
  });
});
