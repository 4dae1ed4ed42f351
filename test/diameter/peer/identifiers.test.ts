/** Numbers that come to their end, over the wire: nothing is repeated, and nothing stops. */
import { CxClient, type UserAuthorizationAnswer } from '../../../src/diameter/index.js';
import { Identifiers } from '../../../src/diameter/peer/identifiers.js';
import { createSimulation } from '../../../src/environment/simulated/index.js';
import { DiameterLab, query, towards } from './lab.js';

const icscfAddress = '127.0.0.2';
const hssAddress = '127.0.0.4';

/** Draws what it is told to draw. */
function lab(uint32: number): DiameterLab {
  const made = new DiameterLab();
  const { simulation } = made;
  const environmentFor = simulation.environmentFor.bind(simulation);
  simulation.environmentFor = (name) => {
    const environment = environmentFor(name);
    return { ...environment, random: { ...environment.random, fraction: () => 0.5, uint32: () => uint32 } };
  };
  return made;
}

it('CX-64 / RFC 6733 3: End-to-End and Hop-by-Hop ids go on from 0 when they have come to their end', () => {
  // The random part of End-to-End is all ones, and so is the start of Hop-by-Hop.
  const network = lab(0xffff_ffff);
  network.hss('hss1', hssAddress);
  const asked: { hopByHop: number; endToEnd: number }[] = [];
  network.simulation.network.tap(({ kind, bytes, to }) => {
    if (kind !== 'data' || to.address !== hssAddress || bytes.readUIntBE(5, 3) !== 300) return;
    asked.push({ hopByHop: bytes.readUInt32BE(12), endToEnd: bytes.readUInt32BE(16) });
  });
  const icscf = network.endpoint('icscf1', icscfAddress);
  icscf.connect(towards('hss1', icscfAddress, hssAddress));
  network.run(100);
  const answers: UserAuthorizationAnswer[] = [];
  for (let count = 0; count < 50; count++) {
    new CxClient(icscf).userAuthorization({ ...query }, (answer) => answers.push(answer));
    network.run(20);
  }
  expect(answers.map(({ kind }) => kind)).toEqual(answers.map(() => 'experimental'));
  expect([asked.length, new Set(asked.map(({ hopByHop }) => hopByHop)).size]).toEqual([50, 50]);
  expect(new Set(asked.map(({ endToEnd }) => endToEnd)).size).toBe(50);
  // The serial above the slot has come to its end, too.
  expect(Math.min(...asked.map(({ hopByHop }) => hopByHop >>> 12))).toBeLessThan(100);
  expect(network.faults('diameter.answerWithoutRequest')).toEqual([]);
});

it.each([0, 1, 4095, 4096, 1_700_000_123])(
  'CX-64 / RFC 6733 3: End-to-End has the low 12 bits of the time on top, so that a restart repeats nothing (%i s)',
  (seconds) => {
    const clock = { now: () => seconds * 1000 + 999 };
    const identifiers = new Identifiers({ clock, random: { uint32: () => 0xabc5_4321 } } as never, 'a.example');
    expect(identifiers.nextEndToEnd()).toBe((seconds % 4096) * 2 ** 20 + 0x5_4322);
  },
);

it('RFC 6733 8.8: a Session-Id is a number of 64 bits that grows: its high half does when the low half has come to its end', () => {
  const { clock } = createSimulation({ seed: 1 }).environmentFor('a');
  const identifiers = new Identifiers({ clock, random: { uint32: () => 0 } } as never, 'a.example', 0xffff_fffe);
  const halves = [1, 2, 3].map(() => identifiers.nextSessionId().split(';').slice(1).map(Number));
  const high = identifiers.originStateId;
  expect(halves).toEqual([
    [high, 0xffff_ffff],
    [high + 1, 0],
    [high + 1, 1],
  ]);
});
