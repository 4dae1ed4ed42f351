import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Endpoint, Environment, IpsecMode, ProtectedEnd } from '../../src/environment/index.js';
import { createSimulation } from '../../src/environment/simulated/index.js';
import { type AlgorithmPair, algorithmPairs, espTableLines, IpsecLayer } from '../../src/ipsec/index.js';
import { Capture, FileSink, NodeTable, TraceCollector } from '../../src/trace/index.js';
import { mirrored, sampleSet } from '../ipsec/sample-set.js';
import { sipMessage } from '../trace/sample-run.js';
import { captureFaults, hasTshark, tsharkFields } from './tshark.js';

if (!hasTshark) console.log('tshark is not installed: ESP is not decrypted with it');
const withTshark = hasTshark ? describe : describe.skip;
const readable = algorithmPairs.filter(({ integrity }) => integrity !== 'aes-gmac');
const modes: readonly IpsecMode[] = ['trans', 'UDP-enc-tun'];
const families = [
  ['192.0.2.10', '192.0.2.1'],
  ['2001:db8::10', '2001:db8::1'],
] as const;
const names = ['ue1', 'pcscf1'];

withTshark('ESP in Wireshark’s eyes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'imslab-esp-'));
  const file = join(folder, 'capture.pcapng');
  const table = join(folder, 'esp_sa');
  afterAll(() => rmSync(folder, { recursive: true }));

  describe.each(modes)('mod=%s', (mode) => {
    it.each(readable)('shows the SIP in ESP with $integrity and $encryption, its integrity proven', (pair) => {
      record(pair, mode);
      expect(captureFaults(file)).toEqual([]);
      const proven = pair.integrity === 'null' ? 'sip' : 'sip && esp.icv_good == 1';
      const fields = ['udp.srcport', 'udp.dstport', 'esp.sequence', 'frame.comment'];
      const messages = decrypted(proven, fields);
      expect(messages.slice(0, 2)).toEqual([
        ['4500,31000', '4500,5064', '1', 'message 1: REGISTER sip:home, ue1 to pcscf1, in ESP'],
        ['4500,5062', '4500,31001', '1', 'message 2: OPTIONS sip:ue, pcscf1 to ue1, in ESP'],
      ]);
      expect(messages.slice(2).map(([from, to]) => `${from} ${to}`)).toEqual([
        '4500,31000 4500,5064',
        '4500,5062 4500,31001',
      ]);
    });
  });

  it('shows no SIP without the keys', () => {
    record(algorithmPairs[0]!, 'trans');
    expect(tsharkFields(file, 'sip', ['sip.Method'])).toEqual([]);
    expect(tsharkFields(file, 'esp', ['esp.spi'])).toHaveLength(4);
  });

  it('shows AES-GMAC as ESP, whose octets can be read', () => {
    record({ integrity: 'aes-gmac', encryption: 'null' }, 'trans');
    expect(captureFaults(file)).toEqual([]);
    expect(decrypted('esp && frame contains "REGISTER"', ['esp.spi'])).toEqual([['0x000007d2'], ['0x000007d2']]);
  });

  /** One request each way, in each family. */
  function record(pair: AlgorithmPair, mode: IpsecMode): void {
    const simulation = createSimulation({ seed: 7 });
    const sink = new FileSink(file);
    const nodes = new NodeTable(names.map((name, end) => ({ name, addresses: families.map((each) => each[end]!) })));
    const capture = new Capture((bytes) => sink.write(bytes), nodes);
    const layer = new IpsecLayer();
    simulation.network.tap(layer.before(new TraceCollector({ nodes, capture, listeners: [] }).tap));
    const [ue, pcscf] = names.map((name) => layer.environmentFor(name, simulation.environmentFor(name)));
    const sets = families.map((addresses) => sampleSet({ ...pair, mode, addresses }));
    for (const set of sets) {
      const { local, remote } = set;
      ue!.ipsec!.install(set);
      pcscf!.ipsec!.install(mirrored(set));
      send(ue!, at(local, 'clientPort'), at(remote, 'serverPort'), 'REGISTER sip:home');
      send(pcscf!, at(remote, 'clientPort'), at(local, 'serverPort'), 'OPTIONS sip:ue');
    }
    simulation.runUntilIdle();
    sink.close();
    writeFileSync(
      table,
      `${sets.flatMap((set) => [...espTableLines(set), ...espTableLines(mirrored(set))]).join('\n')}\n`,
    );
  }

  /** As Wireshark shows it that has the run's folder for its own. */
  function decrypted(filter: string, fields: readonly string[]): string[][] {
    return tsharkFields(file, filter, fields, {
      preferences: ['esp.enable_encryption_decode:TRUE', 'esp.enable_authentication_check:TRUE'],
      folder,
    });
  }
});

function at(end: ProtectedEnd, port: 'clientPort' | 'serverPort'): Endpoint {
  return { address: end.address, port: end[port] };
}

function send({ network }: Environment, from: Endpoint, to: Endpoint, line: string): void {
  const socket = network.bindDatagram(from, { onDatagram() {}, onError() {} });
  socket.send(sipMessage(`${line} SIP/2.0`, `1 ${line.split(' ')[0]}`, 'esp'), to);
}
