import { nextSequenceNumber, updatedRepository } from '../../../src/ims/hss/repository-update.js';
import type { RepositoryData } from '../../../src/ims/hss/sh-state.js';

const owner = 'sip:+15550100001@ims.example';
const stored = (sequenceNumber: number): RepositoryData[] => [
  { owner, serviceIndication: 'mmtel', sequenceNumber, serviceData: '<a/>' },
  { owner: 'sip:other@ims.example', serviceIndication: 'mmtel', sequenceNumber: 9, serviceData: '<o/>' },
];
const update = (sequenceNumber: number, serviceData: string | undefined = '<b/>') => ({
  serviceIndication: 'mmtel',
  sequenceNumber,
  serviceData,
});
const none = { serviceIndication: 'mmtel', serviceData: undefined };
const code = (experimentalResultCode: number) => ({ kind: 'experimental', experimentalResultCode });

describe('repository data', () => {
  it('TS 29.328 6.1.2.1: new data has the sequence number 0', () => {
    expect(updatedRepository([], owner, update(0), 100)).toEqual([{ owner, ...update(0) }]);
    expect(updatedRepository([], owner, update(1), 100)).toEqual(code(5105));
  });

  it.each([
    [0, 1],
    [1, 2],
    [65_534, 65_535],
    [65_535, 1],
  ])('TS 29.328 6.1.2.1: after %d comes %d, and nothing else', (before, after) => {
    expect(nextSequenceNumber(before)).toBe(after);
    expect(updatedRepository(stored(before), owner, update(after), 100)).toEqual([
      { owner, ...update(after) },
      stored(before)[1],
    ]);
    for (const wrong of [before, 0, after + 1]) {
      if (wrong !== after) expect(updatedRepository(stored(before), owner, update(wrong), 100)).toEqual(code(5105));
    }
  });

  it('TS 29.328 6.1.2.1: without ServiceData the data go, where there are any', () => {
    expect(updatedRepository(stored(4), owner, { ...none, sequenceNumber: 5 }, 100)).toEqual([stored(4)[1]]);
    expect(updatedRepository(stored(4), owner, { ...none, sequenceNumber: 4 }, 100)).toEqual(code(5105));
    expect(updatedRepository([], owner, { ...none, sequenceNumber: 0 }, 100)).toEqual(code(5101));
  });

  it('TS 29.328 6.1.2.1: too much data is refused after the sequence number was looked at, in octets', () => {
    expect(updatedRepository([], owner, update(0, 'ääää'), 7)).toEqual(code(5008));
    expect(updatedRepository([], owner, update(0, 'ääää'), 8)).toHaveLength(1);
    expect(updatedRepository([], owner, update(3, 'ääää'), 7)).toEqual(code(5105));
  });

  it('TS 29.328 6.1.2.1: so is more of one user than 256 pieces, or 16 times the most of one', () => {
    const piece = (number: number, octets: number): RepositoryData => ({
      owner,
      serviceIndication: `s${number}`,
      sequenceNumber: 0,
      serviceData: 'x'.repeat(octets),
    });
    const many = Array.from({ length: 256 }, (_, number) => piece(number, 1));
    expect(updatedRepository(many, owner, update(0), 100)).toEqual(code(5008));
    expect(updatedRepository(many.slice(1), owner, update(0), 100)).toHaveLength(256);
    // One that is there may change.
    expect(updatedRepository(many, owner, { ...update(1), serviceIndication: 's7' }, 100)).toHaveLength(256);
    const large = Array.from({ length: 16 }, (_, number) => piece(number, 100));
    expect(updatedRepository(large, owner, update(0, 'y'), 100)).toEqual(code(5008));
    expect(updatedRepository(large.slice(1), owner, update(0, 'y'.repeat(100)), 100)).toHaveLength(16);
  });
});
