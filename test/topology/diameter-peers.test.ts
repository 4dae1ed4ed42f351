/** Who may connect to an HSS by Diameter. */
import { base, encodeRequest, StreamFramer } from '../../src/diameter/index.js';
import { createSimulation } from '../../src/environment/simulated/index.js';
import { findTopology } from '../../src/topology/find-file.js';
import { loadLab } from '../../src/topology/load.js';
import { RunningLab } from '../../src/topology/running-lab.js';
import { parseOverride } from '../../src/topology/source.js';

/** A stranger's CER to the HSS of a lab: the Result-Code of its CEA, and how many peers that are no strangers are open. */
function strangersResult(set: readonly string[]): { resultCode: number; scscf: string | undefined } {
  const simulation = createSimulation({ seed: 1 });
  const lab = loadLab(findTopology('volte'), set.map(parseOverride));
  const running = new RunningLab(lab, {
    clock: simulation.clock,
    environmentFor: (name) => simulation.environmentFor(name),
    hostMode: 'compiled',
  });
  let started = false;
  running.start(() => {
    started = true;
  });
  simulation.run({ until: () => started });
  const hss = lab.nodes.find(({ role }) => role === 'hss')!.listen[0]!;
  const received: Buffer[] = [];
  const framer = new StreamFramer(4096);
  const stream = simulation.network.connectStream({ address: '127.0.9.9', port: 0 }, hss, {
    onOpen: () => {},
    onData: (bytes) => void framer.push(bytes, (message) => received.push(message)),
    onClose: () => {},
  });
  stream.write(
    encodeRequest(
      base.commands['Capabilities-Exchange'],
      { hopByHop: 1, endToEnd: 1 },
      {
        'Origin-Host': 'stranger.example',
        'Origin-Realm': 'example',
        'Host-IP-Address': ['127.0.9.9'],
        'Vendor-Id': 0,
        'Product-Name': 'stranger',
        'Vendor-Specific-Application-Id': [{ 'Vendor-Id': 10415, 'Auth-Application-Id': 16777216 }],
      },
    ),
  );
  simulation.run({ until: () => received.length > 0 });
  const at = received[0]!.indexOf(Buffer.from('0000010c4000000c', 'hex'));
  return { resultCode: received[0]!.readUInt32BE(at + 8), scscf: running.node('scscf1')?.state };
}

it.each([
  ['everybody by default', [], 2001],
  ['the nodes of the topology alone, where it is so wished', ['nodes.hss1.diameter.accept-unknown-peers=false'], 3010],
])('CX-60 / RFC 6733 5.3: an HSS takes %s', (_, set, resultCode) => {
  expect(strangersResult(set)).toEqual({ resultCode, scscf: 'serving' });
});
