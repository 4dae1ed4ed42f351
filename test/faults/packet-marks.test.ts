import type { Packet, PacketFault } from '../../src/environment/index.js';
import { createSimulation } from '../../src/environment/simulated/index.js';
import { PacketMarks } from '../../src/faults/packet-marks.js';
import { register } from '../selection/messages.js';

it('a message that a fault has struck and its link then loses is lost, and tells of both', () => {
  const simulation = createSimulation({ seed: 1 });
  const [a, b] = ['192.0.2.1', '192.0.2.2'].map((address) =>
    simulation.network.bindDatagram(
      { address, port: 5060 },
      { onDatagram: () => undefined, onError: (code) => expect(code).toBeUndefined() },
    ),
  );
  const faults: (PacketFault | undefined)[] = [];
  const marks = new PacketMarks(simulation.clock);
  simulation.network.tap(marks.before(({ fault }: Packet) => faults.push(fault)));
  simulation.links.set('192.0.2.1', '192.0.2.2', { loss: 1 });
  const changed = { name: 'another Expires', effect: 'changed' } as const;
  a!.send(marks.mark(register, changed), b!.local);
  a!.send(register, b!.local);
  const lost = { name: 'link loss', effect: 'lost' };
  expect(faults).toEqual([{ ...lost, injected: changed }, lost]);
});
