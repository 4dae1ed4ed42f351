import { join, resolve } from 'node:path';
import { TestFolder } from '../topology/files.js';
import { isInstalled, Program } from './program.js';
import { captureFaults, hasTshark } from './tshark.js';

const hasSipp = isInstalled('sipp', '-v');
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
    const domain = 'ims.mnc001.mcc001.3gppnetwork.org';
    const card = 'aka_K=imslab-key-00004 aka_OP=imslab-operator- aka_AMF=00';
    const authentication = `[authentication username=001010000000004@${domain} ${card}]`;
    folder.write('ue.csv', `SEQUENTIAL\n001010000000004;${domain};sip:+15550100002@${domain};${authentication}\n`);
    const scenario = resolve(__dirname, 'sipp/register-and-call.xml');
    const place = ['-i', '127.0.8.20', '-p', '5070', '-mi', '127.0.8.20', '-mp', '21000'];
    const bounds = ['-m', '1', '-timeout', '40s', '-timeout_error', '-nostdin'];
    const errors = ['-trace_err', '-error_file', join(folder.path, 'errors.log')];
    const sipp = new Program(
      'sipp',
      ['127.0.8.1:5060', '-sf', scenario, '-inf', 'ue.csv', '-auth_uri', domain, ...place, ...bounds, ...errors],
      folder.path,
    );
    const { status, output } = await sipp.ended();
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
