import { type PeerEvent, type PeerInput, peerMachine } from '../../../src/diameter/peer/peer.machine.js';
import { runMachine } from './machine-run.js';

const timers = { reconnectMs: 30_000, handshakeMs: 10_000, disconnectMs: 5_000 };
const permanent: PeerInput = { localHost: 'm.example', remoteHost: '', permanent: true, timers };

const start: PeerEvent = { type: 'node.start' };
const stop: PeerEvent = { type: 'node.stop' };
const acknowledged: PeerEvent = { type: 'initiator.opened' };
const refusedConnection: PeerEvent = { type: 'initiator.failed' };
const cea: PeerEvent = { type: 'initiator.capabilitiesAnswer' };
const nonCea: PeerEvent = { type: 'initiator.refused' };
const initiatorEnds: PeerEvent = { type: 'initiator.closed' };
const responderEnds: PeerEvent = { type: 'responder.closed' };
const busy: PeerEvent = { type: 'node.disconnect', cause: 1 };
const dpa: PeerEvent = { type: 'peer.disconnectAnswer' };
const cerFrom = (originHost: string): PeerEvent => ({
  type: 'responder.capabilitiesRequest',
  originHost,
  connection: {},
  request: {},
});
/** Against `m.example`: the greater Origin-Host wins. */
const cerOfWinner = cerFrom('z.example');
const cerOfLoser = cerFrom('a.example');
const dpr = (cause: number): PeerEvent => ({ type: 'peer.disconnectRequest', cause, request: {} });

/** The rows of RFC 6733 5.6: events that lead there, the event, the actions, the next state. */
const rows: [row: string, before: PeerEvent[], event: PeerEvent, effects: string[], state: string][] = [
  ['Closed | Start | I-Snd-Conn-Req | Wait-Conn-Ack', [], start, ['connect'], 'awaitingConnection'],
  [
    'Closed | R-Conn-CER | R-Accept, Process-CER, R-Snd-CEA | R-Open',
    [],
    cerOfLoser,
    ['acceptResponder', 'sendCapabilitiesAnswer', 'serveResponder'],
    'open.responder',
  ],
  [
    'Wait-Conn-Ack | I-Rcv-Conn-Ack | I-Snd-CER | Wait-I-CEA',
    [start],
    acknowledged,
    ['sendCapabilitiesRequest'],
    'awaitingCapabilities',
  ],
  ['Wait-Conn-Ack | I-Rcv-Conn-Nack | Cleanup | Closed', [start], refusedConnection, ['closeConnections'], 'closed'],
  [
    'Wait-Conn-Ack | R-Conn-CER | R-Accept, Process-CER | Wait-Conn-Ack/Elect',
    [start],
    cerOfLoser,
    ['acceptResponder'],
    'awaitingConnectionToElect',
  ],
  ['Wait-I-CEA | I-Rcv-CEA | Process-CEA | I-Open', [start, acknowledged], cea, ['serveInitiator'], 'open.initiator'],
  ['Wait-I-CEA | I-Rcv-Non-CEA | Error | Closed', [start, acknowledged], nonCea, ['closeConnections'], 'closed'],
  ['Wait-I-CEA | I-Peer-Disc | I-Disc | Closed', [start, acknowledged], initiatorEnds, ['closeConnections'], 'closed'],
  [
    'Wait-I-CEA | R-Conn-CER | R-Accept, Process-CER, Elect | Wait-Returns, election lost',
    [start, acknowledged],
    cerOfWinner,
    ['acceptResponder'],
    'awaitingReturns',
  ],
  [
    'Wait-Returns | Win-Election | I-Disc, R-Snd-CEA | R-Open',
    [start, acknowledged],
    cerOfLoser,
    ['acceptResponder', 'closeInitiator', 'sendCapabilitiesAnswer', 'serveResponder'],
    'open.responder',
  ],
  [
    'Wait-Conn-Ack/Elect | I-Rcv-Conn-Ack | I-Snd-CER, Elect | Wait-Returns',
    [start, cerOfWinner],
    acknowledged,
    ['sendCapabilitiesRequest'],
    'awaitingReturns',
  ],
  [
    'Wait-Conn-Ack/Elect | I-Rcv-Conn-Nack | R-Snd-CEA | R-Open',
    [start, cerOfWinner],
    refusedConnection,
    ['closeInitiator', 'sendCapabilitiesAnswer', 'serveResponder'],
    'open.responder',
  ],
  [
    'Wait-Conn-Ack/Elect | R-Peer-Disc | R-Disc | Wait-Conn-Ack',
    [start, cerOfWinner],
    responderEnds,
    ['closeResponder'],
    'awaitingConnection',
  ],
  [
    'Wait-Conn-Ack/Elect | R-Conn-CER | R-Reject | Wait-Conn-Ack/Elect',
    [start, cerOfWinner],
    cerOfWinner,
    ['rejectResponder'],
    'awaitingConnectionToElect',
  ],
  [
    'Wait-Returns | I-Peer-Disc | I-Disc, R-Snd-CEA | R-Open',
    [start, acknowledged, cerOfWinner],
    initiatorEnds,
    ['closeInitiator', 'sendCapabilitiesAnswer', 'serveResponder'],
    'open.responder',
  ],
  [
    'Wait-Returns | I-Rcv-CEA | R-Disc | I-Open',
    [start, acknowledged, cerOfWinner],
    cea,
    ['closeResponder', 'serveInitiator'],
    'open.initiator',
  ],
  [
    'Wait-Returns | R-Peer-Disc | R-Disc | Wait-I-CEA',
    [start, acknowledged, cerOfWinner],
    responderEnds,
    ['closeResponder'],
    'awaitingCapabilities',
  ],
  [
    'Wait-Returns | R-Conn-CER | R-Reject | Wait-Returns',
    [start, acknowledged, cerOfWinner],
    cerOfWinner,
    ['rejectResponder'],
    'awaitingReturns',
  ],
  ['R-Open | R-Conn-CER | R-Reject | R-Open', [cerOfLoser], cerOfLoser, ['rejectResponder'], 'open.responder'],
  ['R-Open | Stop | R-Snd-DPR | Closing', [cerOfLoser], stop, ['leaveService', 'sendDisconnectRequest'], 'closing'],
  [
    'R-Open | R-Rcv-DPR | R-Snd-DPA | Closing',
    [cerOfLoser],
    dpr(0),
    ['leaveService', 'sendDisconnectAnswer'],
    'closing',
  ],
  [
    'R-Open | R-Peer-Disc | R-Disc | Closed',
    [cerOfLoser],
    responderEnds,
    ['leaveService', 'closeConnections'],
    'closed',
  ],
  [
    'I-Open | R-Conn-CER | R-Reject | I-Open',
    [start, acknowledged, cea],
    cerOfLoser,
    ['rejectResponder'],
    'open.initiator',
  ],
  [
    'I-Open | Stop | I-Snd-DPR | Closing',
    [start, acknowledged, cea],
    stop,
    ['leaveService', 'sendDisconnectRequest'],
    'closing',
  ],
  [
    'I-Open | I-Rcv-DPR | I-Snd-DPA | Closing',
    [start, acknowledged, cea],
    dpr(0),
    ['leaveService', 'sendDisconnectAnswer'],
    'closing',
  ],
  [
    'I-Open | I-Peer-Disc | I-Disc | Closed',
    [start, acknowledged, cea],
    initiatorEnds,
    ['leaveService', 'closeConnections'],
    'closed',
  ],
  [
    'RFC 3539 CloseConnection() | I-Open | Closed',
    [start, acknowledged, cea],
    { type: 'watchdog.down' },
    ['leaveService', 'closeConnections'],
    'closed',
  ],
  [
    'Closing | I-Rcv-DPA | I-Disc | Closed, for good after Stop',
    [start, acknowledged, cea, stop],
    dpa,
    ['closeConnections'],
    'stopped',
  ],
  [
    'Closing | I-Rcv-DPA | I-Disc | Closed, until Tc after BUSY',
    [start, acknowledged, cea, busy],
    dpa,
    ['closeConnections'],
    'closed',
  ],
  ['Closing | R-Rcv-DPA | R-Disc | Closed', [cerOfLoser, busy], dpa, ['closeConnections'], 'closed'],
  ['Closing | R-Peer-Disc | R-Disc | Closed', [cerOfLoser, dpr(0)], responderEnds, ['closeConnections'], 'closed'],
  [
    'Closing | R-Conn-CER | R-Reject | Closing, which the table leaves out',
    [cerOfLoser, busy],
    cerOfLoser,
    ['rejectResponder'],
    'closing',
  ],
  [
    'Closing | I-Rcv-DPR | I-Snd-DPA | Closing, when both stop at once',
    [start, acknowledged, cea, stop],
    dpr(0),
    ['sendDisconnectAnswer'],
    'closing',
  ],
  [
    'Closing | I-Peer-Disc | I-Disc | Closed',
    [start, acknowledged, cea, dpr(0)],
    initiatorEnds,
    ['closeConnections'],
    'closed',
  ],
];

describe('peer machine', () => {
  it.each(rows)('RFC 6733 5.6: %s', (_, before, event, effects, state) => {
    const run = runMachine(peerMachine, permanent);
    for (const earlier of before) run.step(earlier);
    expect(run.step(event)).toEqual({ effects, state });
  });

  it.each([
    ['Wait-Conn-Ack', [start]],
    ['Wait-I-CEA', [start, acknowledged]],
    ['Wait-Conn-Ack/Elect', [start, cerOfWinner]],
    ['Wait-Returns', [start, acknowledged, cerOfWinner]],
  ])('RFC 6733 5.6: %s | Timeout | Error | Closed', (_, before) => {
    const run = runMachine(peerMachine, permanent);
    for (const earlier of before) run.step(earlier);
    expect(run.wait(10_000)).toEqual({ effects: ['closeConnections'], state: 'closed' });
  });

  it('RFC 3539 3.4.1: INITIAL, DOWN | Timer expires | AttemptOpen(), SetWatchdog(): tried again and again, each Tc', () => {
    const run = runMachine(peerMachine, permanent);
    run.step(start);
    for (let attempt = 0; attempt < 3; attempt++) {
      run.step(refusedConnection);
      expect(run.wait(30_000)).toEqual({ effects: ['connect'], state: 'awaitingConnection' });
    }
  });

  it('CX-61 / RFC 6733 2.1: a lost peer is tried again after Tc', () => {
    const run = runMachine(peerMachine, permanent);
    run.step(start);
    run.step(refusedConnection);
    expect(run.wait(29_999)).toEqual({ effects: [], state: 'closed' });
    expect(run.wait(1)).toEqual({ effects: ['connect'], state: 'awaitingConnection' });
  });

  it.each([
    [0, 'awaitingConnection'],
    [1, 'awaitingConnection'],
    [2, 'closed'],
  ])('CX-61 / RFC 6733 5.4.3: after DPR with cause %i the peer is %s', (cause, state) => {
    const run = runMachine(peerMachine, permanent);
    for (const event of [start, acknowledged, cea, dpr(cause)]) run.step(event);
    run.step(initiatorEnds);
    expect(run.wait(30_000).state).toBe(state);
  });

  it.each([
    ['after DPR', dpr(0)],
    ['after BUSY', busy],
  ])('RFC 6733 5.6: Closing | Timeout | Error | Closed, %s', (_, event) => {
    const run = runMachine(peerMachine, permanent);
    for (const earlier of [start, acknowledged, cea, event]) run.step(earlier);
    expect(run.wait(4_999)).toEqual({ effects: [], state: 'closing' });
    expect(run.wait(1)).toEqual({ effects: ['closeConnections'], state: 'closed' });
  });

  it.each([
    ['Closed', [], ['closeConnections']],
    ['Wait-Conn-Ack', [start], ['closeConnections']],
    ['Wait-I-CEA', [start, acknowledged], ['closeConnections']],
    ['Wait-Conn-Ack/Elect', [start, cerOfWinner], ['closeConnections']],
    ['Wait-Returns', [start, acknowledged, cerOfWinner], ['closeConnections']],
  ])('RFC 6733 5.4: Stop in %s says nothing and is the end', (_, before, effects) => {
    const run = runMachine(peerMachine, permanent);
    for (const earlier of before) run.step(earlier);
    expect(run.step(stop)).toEqual({ effects, state: 'stopped' });
  });

  it('CX-61: who was told that nobody wants to talk may come back, and is then called again when it is lost', () => {
    const run = runMachine(peerMachine, permanent);
    for (const event of [start, acknowledged, cea, dpr(2), initiatorEnds]) run.step(event);
    expect(run.wait(300_000).state).toBe('closed');
    expect(run.step(cerOfLoser).state).toBe('open.responder');
    run.step(responderEnds);
    expect(run.wait(30_000).state).toBe('awaitingConnection');
  });

  it.each([
    [1, 'awaitingConnection'],
    [2, 'closed'],
  ])('CX-61 / RFC 6733 5.4.3: after a DPR of our own with cause %i the peer is %s', (cause, state) => {
    const run = runMachine(peerMachine, permanent);
    for (const event of [start, acknowledged, cea]) run.step(event);
    run.step({ type: 'node.disconnect', cause });
    run.step(dpa);
    expect(run.wait(30_000).state).toBe(state);
  });

  it('RFC 6733 5.6.4: the host that is learned from the CER decides the election, whatever was expected', () => {
    const lost = runMachine(peerMachine, permanent);
    for (const event of [start, cerFrom('n.example')]) lost.step(event);
    expect(lost.step(acknowledged).state).toBe('awaitingReturns');
    const won = runMachine(peerMachine, permanent);
    for (const event of [start, cerFrom('l.example')]) won.step(event);
    expect(won.step(acknowledged)).toEqual({
      effects: ['sendCapabilitiesRequest', 'closeInitiator', 'sendCapabilitiesAnswer', 'serveResponder'],
      state: 'open.responder',
    });
  });

  it('a peer that nobody configured is forgotten with its connection', () => {
    const run = runMachine(peerMachine, { ...permanent, permanent: false });
    run.step(cerOfLoser);
    expect(run.step(responderEnds).state).toBe('stopped');
  });
});
