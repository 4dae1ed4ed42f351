import fc from 'fast-check';
import { ReceiveStatistics, type RtpHeader } from '../../src/media/index.js';

const noReport = { lastSenderReport: 0, delaySinceLastSenderReport: 0 };

function header(sequenceNumber: number, timestamp = sequenceNumber * 320): RtpHeader {
  return {
    marker: false,
    payloadType: 104,
    sequenceNumber: sequenceNumber & 0xffff,
    timestamp: timestamp % 2 ** 32,
    ssrc: 1,
  };
}

function afterwards(...sequenceNumbers: number[]): ReceiveStatistics {
  const [first = 0, ...others] = sequenceNumbers;
  const statistics = new ReceiveStatistics(16000, header(first), 0);
  for (const each of others) statistics.add(header(each), (each - first) * 20);
  return statistics;
}

describe('receive statistics', () => {
  it('counts losses, late packets and duplicates apart', () => {
    const statistics = afterwards(10, 11, 14, 13, 13, 15, 11);
    expect(statistics).toMatchObject({ receivedCount: 5, lostCount: 1, reorderedCount: 1, duplicateCount: 2 });
  });

  it('RFC 3550 A.1: the sequence number wraps, and the extended one goes on', () => {
    const statistics = afterwards(65534, 65535, 65536, 65537);
    expect(statistics).toMatchObject({ receivedCount: 4, lostCount: 0, reorderedCount: 0 });
    expect(statistics.report(9, noReport)).toMatchObject({ ssrc: 9, highestSequence: 0x10001, cumulativeLost: 0 });
  });

  it('a packet that the very first one overtook is late, not a restart', () => {
    expect(afterwards(0, 65535, 1)).toMatchObject({ receivedCount: 3, lostCount: 0, reorderedCount: 1 });
  });

  it('RFC 3550 A.1: one wild number is ignored, two in sequence are a restart of the source', () => {
    const statistics = afterwards(10, 11);
    expect(statistics.add(header(30000), 40)).toBe('ignored');
    expect(statistics.add(header(12), 60)).toBe('inOrder');
    expect(statistics.add(header(30000), 80)).toBe('ignored');
    expect(statistics.add(header(30001), 100)).toBe('inOrder');
    expect(statistics).toMatchObject({ receivedCount: 4, lostCount: 0 });
    expect(statistics.report(1, noReport).highestSequence).toBe(30001);
  });

  it('RFC 3550 A.3: the fraction is that since the last report, the sum that of all', () => {
    const statistics = afterwards(0, 1, 2, 4);
    expect(statistics.report(1, noReport)).toMatchObject({ fractionLost: Math.floor(256 / 5), cumulativeLost: 1 });
    for (const each of [5, 6, 8, 9]) statistics.add(header(each), each * 20);
    expect(statistics.report(1, noReport)).toMatchObject({ fractionLost: Math.floor(256 / 5), cumulativeLost: 2 });
    expect(statistics.report(1, noReport)).toMatchObject({ fractionLost: 0, cumulativeLost: 2 });
  });

  it('RFC 3550 A.3: duplicates make the cumulative number negative', () => {
    expect(afterwards(0, 1, 1, 1).report(1, noReport)).toMatchObject({ fractionLost: 0, cumulativeLost: -2 });
  });

  it('RFC 3550 A.8: J += (|D| - J) / 16', () => {
    const statistics = new ReceiveStatistics(16000, header(0), 1000);
    statistics.add(header(1), 1030); // 10 ms late: |D| = 160 units
    expect(statistics.jitterMs).toBeCloseTo(10 / 16, 10);
    statistics.add(header(2), 1040); // 10 ms early after that
    expect(statistics.jitterMs).toBeCloseTo(10 / 16 + (10 - 10 / 16) / 16, 10);
    expect(statistics.report(1, noReport).jitter).toBe(19);
  });

  it('RFC 3550 A.8: a wrap of the timestamp is no jitter', () => {
    const statistics = new ReceiveStatistics(16000, header(0, 2 ** 32 - 320), 0);
    statistics.add(header(1, 0), 20);
    expect(statistics.jitterMs).toBe(0);
  });

  it('whatever is lost, repeated or exchanged, what came and what did not add up', () => {
    const steps = fc.array(fc.record({ copies: fc.nat(2), hold: fc.nat(3) }), { minLength: 2, maxLength: 80 });
    fc.assert(
      fc.property(steps, fc.nat(0xffff), (steps, base) => {
        const arrivals = steps
          .flatMap(({ copies, hold }, index) => Array.from({ length: copies }, () => ({ index, at: index + hold })))
          .sort((a, b) => a.at - b.at);
        const [first, ...others] = arrivals;
        if (first === undefined) return;
        const statistics = new ReceiveStatistics(16000, header(base + first.index), 0);
        for (const { index, at } of others) statistics.add(header(base + index), at * 20);
        const came = new Set(arrivals.map((each) => each.index));
        const span = Math.max(...came) - Math.min(...came) + 1;
        expect(statistics.receivedCount).toBe(came.size);
        expect(statistics.duplicateCount).toBe(arrivals.length - came.size);
        expect(statistics.lostCount).toBe(span - came.size);
      }),
    );
  });
});
