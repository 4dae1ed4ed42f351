import type { Packet } from '../../src/environment/index.js';
import { createSimulation, type LinkSettings } from '../../src/environment/simulated/index.js';
import { decodeRtcp, decodeRtp, encodeRtp, type MediaParameters, MediaSession } from '../../src/media/index.js';

const oneAddress = '192.0.2.1';
const otherAddress = '192.0.2.2';

function parametersTowards(address: string, port: number): MediaParameters {
  return {
    codec: 'AMR-WB',
    clockRate: 16000,
    sendPayloadType: 104,
    receivePayloadType: 104,
    modeSet: undefined,
    telephoneEventPayloadType: 97,
    remote: { address, port, rtcpPort: port + 1 },
    direction: 'sendrecv',
  };
}

function makePair(link: Partial<LinkSettings> = {}, one = oneAddress, other = otherAddress) {
  const simulation = createSimulation({ seed: 7, link });
  const packets: Packet[] = [];
  simulation.network.tap((packet) => packets.push(packet));
  const ready: string[] = [];
  const open = (name: string, address: string, port: number) =>
    new MediaSession({
      environment: simulation.environmentFor(name),
      local: { address, port },
      onReady: () => ready.push(name),
      onError: (code) => ready.push(code),
    });
  const a = open('a', one, 49152);
  const b = open('b', other, 50000);
  const rtpFrom = (address: string) =>
    packets.filter((each) => each.from.address === address && each.from.port % 2 === 0);
  return {
    simulation,
    packets,
    ready,
    a,
    b,
    towardsA: parametersTowards(one, 49152),
    towardsB: parametersTowards(other, 50000),
    rtpFrom,
  };
}

describe('a media session', () => {
  it('sends 50 packets a second both ways and reports no problem', () => {
    const { simulation, a, b, towardsA, towardsB, ready, rtpFrom } = makePair();
    simulation.run({ forMs: 10 });
    expect(ready).toEqual(['a', 'b']);
    a.start(towardsB);
    b.start(towardsA);
    simulation.run({ forMs: 60_000 });
    const reportA = a.stop();
    simulation.run({ forMs: 10 });
    const reportB = b.stop();
    expect(reportA).toMatchObject({ sent: 3001, lost: 0, outOfOrder: 0, duplicates: 0, problems: [] });
    expect(reportB.received).toBe(3001);
    expect(reportB).toMatchObject({ lost: 0, problems: [] });
    expect(reportB.rtcpReceived).toBe(reportA.rtcpSent); // the BYE too
    expect(reportA.rtcpSent).toBeGreaterThanOrEqual(60 / 7.5 + 1);
    expect(reportA.jitterMs).toBeCloseTo(0, 6);
    expect(a.stop()).toBe(reportA);
    const packet = decodeRtp(rtpFrom(oneAddress)[0]!.bytes)!;
    expect(packet).toMatchObject({ marker: true, payloadType: 104 });
    expect(packet.payload).toHaveLength(33);
  });

  it('RFC 3550 5.1: frame n leaves at start + n * 20 ms with 320 timestamp units each', () => {
    const { simulation, a, towardsB, rtpFrom } = makePair();
    simulation.run({ forMs: 0.3 });
    const start = simulation.clock.now();
    a.start(towardsB);
    simulation.run({ forMs: 100_000 });
    a.stop();
    const sent = rtpFrom(oneAddress);
    const first = decodeRtp(sent[0]!.bytes)!;
    sent.forEach((packet, index) => {
      expect(packet.time).toBe(start + index * 20);
      const { sequenceNumber, timestamp, marker } = decodeRtp(packet.bytes)!;
      expect(sequenceNumber).toBe((first.sequenceNumber + index) & 0xffff);
      expect(timestamp).toBe((first.timestamp + index * 320) % 2 ** 32);
      expect(marker).toBe(index === 0);
    });
    expect(sent).toHaveLength(5001);
  });

  it('measures what the link does', () => {
    const { simulation, a, b, towardsA, towardsB } = makePair({
      delayMs: 30,
      jitterMs: 8,
      loss: 0.02,
      duplication: 0.02,
      reordering: 0.02,
    });
    a.start(towardsB);
    b.start(towardsA);
    simulation.run({ forMs: 60_000 });
    const { sent } = a.stop();
    simulation.run({ forMs: 100 });
    const { received, lost, outOfOrder, duplicates, jitterMs, problems } = b.stop();
    expect(received + lost).toBeLessThanOrEqual(sent);
    expect(received + lost).toBeGreaterThan(sent - 5);
    for (const each of [lost, outOfOrder, duplicates]) {
      expect(each).toBeGreaterThan(5);
      expect(each).toBeLessThan(120);
    }
    expect(jitterMs).toBeGreaterThan(1);
    expect(problems).toEqual([]);
  });

  it('RFC 3550 6.4: reports about every 5 s, the first after at most 1.5 s, and BYE at the end', () => {
    const { simulation, a, b, towardsA, towardsB, packets } = makePair();
    const start = simulation.clock.now();
    a.start(towardsB);
    b.start(towardsA);
    simulation.run({ forMs: 30_000 });
    a.stop();
    b.stop();
    const rtcp = packets.filter((each) => each.from.address === oneAddress && each.from.port === 49153);
    const times = rtcp.slice(0, -1).map((each) => each.time - start);
    expect(times[0]).toBeGreaterThanOrEqual(500);
    expect(times[0]).toBeLessThanOrEqual(1500);
    times.slice(1).forEach((time, index) => {
      expect(time - times[index]!).toBeGreaterThanOrEqual(2500);
      expect(time - times[index]!).toBeLessThanOrEqual(7500);
    });
    const compounds = rtcp.map((each) => decodeRtcp(each.bytes)!);
    for (const compound of compounds) {
      expect(compound.slice(0, 2).map((each) => each.kind)).toEqual(['senderReport', 'sourceDescription']);
    }
    expect(compounds.at(-1)!.at(-1)!.kind).toBe('goodbye');
    const second = compounds[1]![0]!;
    if (second.kind !== 'senderReport') throw new Error(second.kind);
    expect(second.ntpSeconds).toBe(Math.floor(rtcp[1]!.time / 1000) + 2_208_988_800);
    expect(second.packetCount).toBe(Math.floor(times[1]! / 20) + 1);
    expect(second.octetCount).toBe(second.packetCount * 33);
    expect(second.reports[0]).toMatchObject({ fractionLost: 0, cumulativeLost: 0, jitter: 0 });
    expect(second.reports[0]!.lastSenderReport).not.toBe(0);
  });

  it('packets that arrive before the start count, those of a wrong kind are named', () => {
    const { simulation, a, b, towardsA, towardsB } = makePair();
    a.start(towardsB);
    simulation.run({ forMs: 210 });
    b.start({ ...towardsA, direction: 'recvonly' });
    const stranger = simulation.network.bindDatagram(
      { address: oneAddress, port: 7000 },
      { onDatagram() {}, onError() {} },
    );
    const to = { address: otherAddress, port: 50000 };
    const header = { marker: false, sequenceNumber: 1, timestamp: 1, ssrc: 1 };
    stranger.send(encodeRtp({ ...header, payloadType: 0 }, Buffer.alloc(160)), to);
    stranger.send(encodeRtp({ ...header, payloadType: 104 }, Buffer.alloc(33)), to);
    stranger.send(Buffer.from('hello'), to);
    stranger.send(Buffer.from('hello'), to);
    stranger.send(Buffer.from('hello'), { ...to, port: 50001 });
    simulation.run({ forMs: 100 });
    const { sent } = a.stop();
    simulation.run({ forMs: 10 });
    const report = b.stop();
    expect(report).toMatchObject({ sent: 0, received: sent, lost: 0, rtcpReceived: 1 });
    expect(report.problems).toEqual([
      `RTP packet from ${oneAddress} port 7000, not from ${oneAddress} port 49152 (2 times)`,
      'RTP packet with payload type 0, not 104',
      expect.stringMatching(/^RTP packet of source 0x00000001, not 0x[0-9a-f]{8}$/),
      'datagram on the RTP port that is no RTP (RFC 3550 5.1) (2 times)',
      'datagram on the RTCP port that is no compound packet (RFC 3550 A.2)',
    ]);
  });

  it('CALL-50: on hold nothing is sent, then the timestamps go on and the marker starts a talkspurt', () => {
    const { simulation, a, towardsB, rtpFrom } = makePair();
    a.start(towardsB);
    simulation.run({ forMs: 90 });
    a.start({ ...towardsB, direction: 'inactive' });
    simulation.run({ forMs: 1000 });
    expect(rtpFrom(oneAddress)).toHaveLength(5);
    a.start(towardsB);
    simulation.run({ forMs: 20 });
    a.stop();
    const [first, resumed] = [rtpFrom(oneAddress)[0]!, rtpFrom(oneAddress)[5]!].map((each) => decodeRtp(each.bytes)!);
    expect(resumed!.marker).toBe(true);
    expect((resumed!.sequenceNumber - first!.sequenceNumber) & 0xffff).toBe(5);
    expect((resumed!.timestamp - first!.timestamp) >>> 0).toBe(55 * 320);
  });

  it('nothing at all arriving is a problem, unless nothing is meant to', () => {
    const { simulation, a, b, towardsA, towardsB } = makePair({ partitioned: true });
    a.start(towardsB);
    b.start({ ...towardsA, direction: 'sendonly' });
    simulation.run({ forMs: 500 });
    expect(a.stop().problems).toEqual(['no RTP packet arrived at 192.0.2.1 port 49152']);
    expect(b.stop().problems).toEqual([]);
  });

  it('a port in use is told and reported; a session that never started sends nothing', () => {
    const { simulation, ready, packets } = makePair();
    const third = new MediaSession({
      environment: simulation.environmentFor('c'),
      local: { address: oneAddress, port: 49152 },
      onError: (code) => ready.push(code),
    });
    simulation.run({ forMs: 10 });
    expect(ready).toEqual(['a', 'b', 'EADDRINUSE', 'EADDRINUSE']);
    const report = third.stop();
    expect(report).toMatchObject({ sent: 0, received: 0, rtcpSent: 0 });
    expect(report.problems.join()).toContain('EADDRINUSE');
    expect(packets).toEqual([]);
  });

  it('runs over IPv6', () => {
    const { simulation, a, b, towardsA, towardsB } = makePair({}, '2001:db8::1', '2001:db8::2');
    a.start(towardsB);
    b.start(towardsA);
    simulation.run({ forMs: 3000 });
    expect(a.stop()).toMatchObject({ sent: 151, received: 150, lost: 0, problems: [] });
    expect(b.stop()).toMatchObject({ sent: 151, received: 150, lost: 0, problems: [] });
  });
});
