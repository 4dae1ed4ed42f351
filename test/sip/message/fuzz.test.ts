import { fuzzSip } from '../../fuzz/sip.js';

it('mutated messages: verdicts, no exceptions, and the same again (a fixed budget; test/fuzz/sip.ts)', () => {
  const { accepted, refused, dropped } = fuzzSip(15_000, 20260);
  // All three kinds must be met, or the mutations say little.
  expect(Math.min(accepted, refused, dropped)).toBeGreaterThan(3000);
});
