/** The application server in a whole network: what the S-CSCF tells it, and what it sees of the registration. CALL-80 to CALL-83. */
import type { TraceRecord } from '../../../src/environment/index.js';
import { createSimulation } from '../../../src/environment/simulated/index.js';
import { findTopology } from '../../../src/topology/find-file.js';
import { loadLab } from '../../../src/topology/load.js';
import { RunningLab } from '../../../src/topology/running-lab.js';
import { parseOverride } from '../../../src/topology/source.js';

function scene(set: readonly string[] = []) {
  const simulation = createSimulation({ seed: 1 });
  const notes: string[] = [];
  simulation.trace = {
    inspecting: false,
    acting: undefined,
    write: (record: TraceRecord) => {
      if (record.kind === 'note' && record.node === 'as1') notes.push(record.text);
    },
  };
  const running = new RunningLab(loadLab(findTopology('volte-services'), set.map(parseOverride)), {
    clock: simulation.clock,
    environmentFor: (name) => simulation.environmentFor(name),
    hostMode: 'compiled',
  });
  const wait = (work: (done: () => void) => void): void => {
    let isDone = false;
    work(() => {
      isDone = true;
    });
    simulation.run({ until: () => isDone, forMs: 300_000 });
    expect(isDone).toBe(true);
    simulation.run({ forMs: 10_000 });
  };
  wait((done) => running.start(done));
  return { running, notes, wait };
}

const user = 'sip:+15550100001@ims.mnc001.mcc001.3gppnetwork.org';

it('CALL-80, CALL-81, CALL-83: a registration is told with its bodies, watched, and told again when it ends', () => {
  const { running, notes, wait } = scene();
  const ue = running.ue('ue1')!;
  wait((done) => ue.register(() => done()));
  expect(notes[0]).toMatch(
    /^as1: is told by sip:scscf1\.\S+ that sip:\+15550100001@\S+ is registered for \d+ s, with /,
  );
  expect(notes[0]).toContain("service info 'mmtel-profile-7' and the REGISTER of sip:001010000000001@");
  expect(notes[0]).toContain('and the 200 to REGISTER of');
  expect(notes[1]).toMatch(new RegExp(`^as1: reads in reginfo version 0: ${user.replace('+', '\\+')} active \\(sip:`));
  expect(notes[1]).toContain('; tel:+15550100001 active (');
  expect(running.node('as1')!.instanceCount).toBeGreaterThan(0);
  wait((done) => ue.deregister(() => done()));
  expect(notes).toContain(notes.find((text) => text.includes('is not registered any more')));
  expect(notes.find((text) => text.includes(`${user} terminated`))).toBeDefined();
  wait((done) => running.stop(done));
  expect(running.instanceCount).toBe(0);
});

it('without subscribes it is told and asks nothing', () => {
  const { running, notes, wait } = scene(['nodes.as1.subscribes=false']);
  wait((done) => running.ue('ue1')!.register(() => done()));
  expect(notes).toHaveLength(1);
});
