import { join } from 'node:path';
import { TestFolder } from '../topology/files.js';
import { Program } from './program.js';
import { authentication, hasSipp, homeDomain, runSipp, sippImsi } from './sipp.js';
import { captureFaults, hasTshark } from './tshark.js';

if (!hasSipp) console.log('sipp is not installed: the lab is not tried with a sipp UE');

/** Addresses of its own, so that a lab that runs already is not in the way. The IMSI …4 is sipp's. */
const topology = `
home: ims.mnc001.mcc001.3gppnetwork.org
nodes:
  pcscf1: { role: p-cscf, listen: [udp://127.0.8.1:5060, tcp://127.0.8.1:5060] }
  icscf1: { role: i-cscf, listen: [udp://127.0.8.2:5060, tcp://127.0.8.2:5060], diameter: { hss: hss1 } }
  scscf1: { role: s-cscf, listen: [udp://127.0.8.3:5060, tcp://127.0.8.3:5060], diameter: { hss: hss1 } }
  hss1: { role: hss, listen: [tcp://127.0.8.4:3868], subscribers: subscribers/default }
  ue2: { role: ue, imsi: "001010000000002", via: pcscf1 }
  sipp: { role: ue, external: true, address: udp://127.0.8.20:5070 }
`;

(hasSipp ? describe : describe.skip)('a sipp UE', () => {
  const folder = new TestFolder();
  let lab: Program | undefined;
  afterAll(() => {
    lab?.signal('SIGKILL');
    folder.remove();
  });

  it('RFC 3310: registers with AKAv1-MD5, calls an emulated UE, hangs up and de-registers', async () => {
    lab = Program.imslab(['up', folder.write('t.yaml', topology), '--out', join(folder.path, 'out')], folder.path);
    await lab.says('ue2 is registered');
    const fields = [sippImsi, homeDomain, `sip:+15550100002@${homeDomain}`, authentication(sippImsi)];
    const place = { server: '127.0.8.1', address: '127.0.8.20' };
    const { status, output } = await runSipp({ folder, scenario: 'register-and-call', calls: [fields], ...place });
    expect({ status, output: status === 0 ? '' : output + lab.output }).toEqual({ status: 0, output: '' });
  });

  it('leaves a lab that ends on Ctrl-C with status 0', async () => {
    lab!.signal('SIGINT');
    expect((await lab!.ended()).status).toBe(0);
  });

  (hasTshark ? it : it.skip)('leaves a capture in which tshark finds no fault', () => {
    expect(captureFaults(join(folder.path, 'out', 'capture.pcapng'))).toEqual([]);
  });
});
