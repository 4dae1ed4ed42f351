/** Nodes of a lab in the simulated network: started and stopped, also one while the other still waits. */
import { createSimulation } from '../../src/environment/simulated/index.js';
import { findTopology } from '../../src/topology/find-file.js';
import { loadLab } from '../../src/topology/load.js';
import { RunningLab } from '../../src/topology/running-lab.js';
import { parseOverride } from '../../src/topology/source.js';

function scene(set: readonly string[] = []) {
  const simulation = createSimulation({ seed: 1 });
  const running = new RunningLab(loadLab(findTopology('volte'), set.map(parseOverride)), {
    clock: simulation.clock,
    environmentFor: (name) => simulation.environmentFor(name),
    hostMode: 'compiled',
  });
  /** How long `work` takes to call back, ms. */
  const duration = (work: (done: () => void) => void): number => {
    const start = simulation.clock.now();
    let end: number | undefined;
    work(() => {
      end = simulation.clock.now();
    });
    simulation.run({ until: () => end !== undefined });
    return end! - start;
  };
  return { simulation, running, duration };
}

it('starts all nodes, and stops them until nothing of them lives', () => {
  const { running, duration } = scene();
  duration((done) =>
    running.start((failure) => {
      expect(failure).toBeUndefined();
      done();
    }),
  );
  const names = running.lab.nodes.map(({ name }) => name);
  expect(names.map((name) => running.node(name)!.state)).toEqual(names.map(() => 'serving'));
  duration((done) => running.stop(done));
  expect(names.map((name) => running.node(name)!.state)).toEqual(names.map(() => 'stopped'));
  expect(running.instanceCount).toBe(0);
});

it('a stop that begins while a start still waits hears of every node that has stopped', () => {
  const { simulation, running, duration } = scene();
  duration((done) => running.start(done));
  const [hss] = running.lab.nodes.filter(({ role }) => role === 'hss');
  for (const { listen } of running.lab.nodes.filter(({ role }) => role === 's-cscf' || role === 'i-cscf')) {
    simulation.network.links.partition(listen[0]!.address, hss!.listen[0]!.address);
  }
  duration((done) => running.stopNode('icscf1', done));
  running.startNode('icscf1', () => undefined); // waits three seconds for a peer that does not come
  duration((done) => simulation.clock.setTimer(500, done));
  // S-CSCF and HSS wait five seconds each for a DPA; a node that was missed would be left behind after ten.
  expect(duration((done) => running.stop(done))).toBeLessThan(11_000);
  expect(running.ues.map(({ state }) => state)).toEqual(['stopped', 'stopped']);
});

it.each(['pcscf1', 'icscf1', 'scscf1'])('%s stops while an INVITE rings: no machine of it outlives it', (name) => {
  const { simulation, running, duration } = scene(['nodes.ue2.call.answer=ring']);
  duration((done) => running.start(done));
  for (const ue of running.ues) duration((done) => ue.register(() => done()));
  running.ue('ue1')!.call('tel:+15550100002', { holdForMs: 1000 }, () => undefined);
  simulation.run({ forMs: 3_000 });
  const node = running.node(name)!;
  expect(node.instanceCount).toBeGreaterThan(4);
  duration((done) => running.stopNode(name, done));
  expect(node.instanceCount).toBe(0);
});

it('names what a UE could not bind as the topology writes it, also over IPv6', () => {
  const { simulation, lab } = { simulation: createSimulation({ seed: 1 }), lab: loadLab(findTopology('volte-ipv6')) };
  const running = new RunningLab(lab, {
    clock: simulation.clock,
    environmentFor: (name) => simulation.environmentFor(name),
    hostMode: 'compiled',
    only: ['ue1'],
  });
  const { address, port } = lab.nodes.find(({ name }) => name === 'ue1')!.listen[0]!;
  simulation.network.bindDatagram({ address, port }, { onDatagram: () => undefined, onError: () => undefined });
  let wanted: string | undefined;
  running.start((failure) => {
    wanted = failure?.wanted;
  });
  simulation.run({ forMs: 100 });
  expect(wanted).toBe(`udp://[${address}]:${port}`);
});
