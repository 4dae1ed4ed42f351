import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isInstalled, Program } from './program.js';
import { captureFaults, hasTshark, tsharkFields } from './tshark.js';

const isThere = isInstalled('freeDiameterd', '--version') && isInstalled('openssl', 'version');
if (!isThere) console.log('freeDiameterd or openssl is not installed: no registration goes through a relay of others');
const withTshark = isThere && hasTshark ? it : it.skip;

const home = 'ims.mnc001.mcc001.3gppnetwork.org';
/** It binds the wildcard, whatever one says, so that the port has to be nobody else's. */
const port = 13_941;

const topology = `
home: ${home}
nodes:
  pcscf1: { role: p-cscf, listen: [udp://127.0.41.1:5060, tcp://127.0.41.1:5060] }
  icscf1: { role: i-cscf, listen: [udp://127.0.41.2:5060, tcp://127.0.41.2:5060], diameter: { hss: relay1 } }
  scscf1: { role: s-cscf, listen: [udp://127.0.41.3:5060, tcp://127.0.41.3:5060], diameter: { hss: relay1 } }
  hss1: { role: hss, listen: [tcp://127.0.41.4:3868], subscribers: subscribers/default }
  relay1: { role: dra, external: true, address: tcp://127.0.41.5:${port} }
  ue1: { role: ue, imsi: "001010000000001", via: pcscf1, profile: ue/ir92 }
  ue2: { role: ue, imsi: "001010000000002", via: pcscf1, profile: ue/ir92 }
`;

const scenario = `
name: through-freediameter
description: A relay of others between our CSCFs and our HSS.
steps:
  - { expect: state, node: hss1, machine: peer, is: open.responder, actor: relay1, within: 20s }
  - { do: register, ue: all }
  - { do: call, from: ue1, to: ue2, hold-for: 300ms }
  - { do: network-deregister, node: hss1, ue: ue1, reason: permanent-termination }
  - { do: deregister, ue: ue2 }
`;

/** No TLS, CSCFs let in by their domain, and requests for the realm to the HSS: the CSCFs are of that realm too. */
const configuration = `
Identity = "relay1.${home}";
Realm = "${home}";
Port = ${port};
SecPort = 0;
No_SCTP;
No_IPv6;
TcTimer = 6;
TwTimer = 6;
TLS_Cred = "cert.pem", "key.pem";
TLS_CA = "cert.pem";
LoadExtension = "acl_wl.fdx" : "acl.conf";
LoadExtension = "rt_default.fdx" : "rt.conf";
ConnectPeer = "hss1.${home}" { No_TLS; ConnectTo = "127.0.41.4"; Port = 3868; };
`;

(isThere ? describe : describe.skip)('freeDiameter as a relay between CSCFs and HSS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'imslab-relay-'));
  const capture = join(folder, 'out', 'capture.pcapng');
  let relay: Program | undefined;
  let output = '';

  beforeAll(async () => {
    const files = {
      'topology.yaml': topology,
      's.yaml': scenario,
      'relay.conf': configuration,
      'acl.conf': `ALLOW_IPSEC *.${home}\n`,
      'rt.conf': `dr="${home}" : "hss1.${home}" += 100 ;\n`,
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    // It wants a key pair even where it uses none.
    const subject = ['-subj', `/CN=relay1.${home}`, '-days', '2', '-keyout', 'key.pem', '-out', 'cert.pem'];
    spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject], { cwd: folder });
    relay = new Program('freeDiameterd', ['-c', 'relay.conf'], folder);
    await relay.says('daemon initialized');
    const run = Program.imslab(['run', 'topology.yaml', '--scenario', 's.yaml', '--out', 'out'], folder);
    output = (await run.ended()).output;
  }, 60_000);

  afterAll(async () => {
    relay?.signal('SIGTERM');
    // It says goodbye to peers that are gone already, and takes its time.
    const impatience = setTimeout(() => relay?.signal('SIGKILL'), 3_000);
    await relay?.ended();
    clearTimeout(impatience);
    rmSync(folder, { recursive: true });
  }, 20_000);

  it('CX-ROUTING, CX-67 / RFC 6733 6.1, 6.2: UEs register and call through it, and an RTR comes back through it', () => {
    expect(output).toContain('PASSED  through-freediameter');
  });

  withTshark('RFC 6733 6.1.9: the HSS gets each request with the CSCF in Route-Record', () => {
    const queries = tsharkFields(
      capture,
      'diameter.cmd.code == 300 && diameter.flags.request == 1 && diameter.Route-Record',
      ['diameter.Route-Record', 'diameter.Origin-Host'],
    );
    expect(queries.length).toBeGreaterThan(0);
    for (const [record, origin] of queries) expect([record, origin]).toEqual([`icscf1.${home}`, `icscf1.${home}`]);
  });

  withTshark('leaves a capture without a malformed packet', () => {
    expect(captureFaults(capture)).toEqual([]);
  });
});
