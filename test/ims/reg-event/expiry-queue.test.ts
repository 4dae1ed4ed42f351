import fc from 'fast-check';
import { ExpiryQueue } from '../../../src/ims/reg-event/expiry-queue.js';

interface Entry {
  expiresAt: number;
  queueIndex: number;
}

it('whatever is put, moved and taken, the first one is the next to end', () => {
  const step = fc.record({ entry: fc.nat(9), expiresAt: fc.option(fc.nat(100), { nil: undefined }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new ExpiryQueue<Entry>();
      const entries = Array.from({ length: 10 }, (): Entry => ({ expiresAt: 0, queueIndex: -1 }));
      const inside = new Set<Entry>();
      for (const { entry: at, expiresAt } of steps) {
        const entry = entries[at]!;
        if (expiresAt === undefined) {
          queue.remove(entry);
          inside.delete(entry);
        } else {
          entry.expiresAt = expiresAt;
          queue.put(entry);
          inside.add(entry);
        }
        expect(queue.length).toBe(inside.size);
        expect(queue.first?.expiresAt).toBe(
          inside.size === 0 ? undefined : Math.min(...[...inside].map((e) => e.expiresAt)),
        );
      }
    }),
  );
});
