import { PendingRequests } from '../../../src/diameter/peer/pending-requests.js';
import type { Linked } from '../../../src/linked-list.js';

interface Item extends Linked<Item> {
  hopByHop: number;
  readonly bytes: Buffer;
}

const slotOf = ({ hopByHop }: Item): number => hopByHop & 0xfff;
const item = (): Item => ({
  hopByHop: 0,
  bytes: Buffer.alloc(20),
  before: undefined,
  after: undefined,
});

it('RFC 6733 3: gives unused slots in order, those that are free again first, and finds what waits', () => {
  const pending = new PendingRequests<Item>(0x1234_5678);
  const [a, b, c, d] = [item(), item(), item(), item()] as const;
  for (const each of [a, b, c]) expect(pending.add(each)).toBe(true);
  expect([a, b, c].map(slotOf)).toEqual([0, 1, 2]);
  pending.take(b);
  pending.take(b);
  expect(pending.find(b.hopByHop)).toBeUndefined();
  expect(pending.items()).toEqual([a, c]);
  pending.add(d);
  expect(slotOf(d)).toBe(1);
  expect(d.hopByHop).not.toBe(b.hopByHop);
  expect(pending.find(b.hopByHop)).toBeUndefined();
  expect(pending.find(d.hopByHop)).toBe(d);
  expect(pending.find(d.hopByHop + 5)).toBeUndefined();
  expect(pending.size).toBe(3);
});

it('has 4095 requests under way and no more; the last slot is for messages of the connection', () => {
  const pending = new PendingRequests<Item>(0xffff_ffff);
  const all = Array.from({ length: 4095 }, item);
  for (const each of all) expect(pending.add(each)).toBe(true);
  expect(pending.add(item())).toBe(false);
  expect(new Set(all.map(({ hopByHop }) => hopByHop)).size).toBe(4095);
  expect(all.map(slotOf)).not.toContain(0xfff);
  expect(pending.nextOwn() & 0xfff).toBe(0xfff);
  pending.take(all[7]!);
  const next = item();
  expect(pending.add(next)).toBe(true);
  expect(slotOf(next)).toBe(7);
});
