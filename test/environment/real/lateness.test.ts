import { Lateness } from '../../../src/environment/real/lateness.js';

it('says how late timers were between two times, and nothing of other times', () => {
  const lateness = new Lateness();
  lateness.note(10_000, 3_000);
  lateness.note(10_400, 500);
  lateness.note(20_000, 800);
  expect(lateness.between(0, 6_999)).toBe(0);
  // Due at 7 s, fired at 10 s: what was to leave between is late.
  expect(lateness.between(0, 7_000)).toBe(3_000);
  expect(lateness.between(10_400, 15_000)).toBe(3_000);
  expect(lateness.between(10_401, 19_000)).toBe(0);
  expect(lateness.between(10_401, 30_000)).toBe(800);
  expect(lateness.between(0, 30_000)).toBe(3_000);
});

it('takes the usual millisecond for no lateness, but says it of the whole', () => {
  const lateness = new Lateness();
  lateness.note(1_000, 1.5);
  expect(lateness.between(0, 2_000)).toBe(0);
  expect(lateness.take()).toBe(1.5);
  expect(lateness.take()).toBe(0);
});

it('keeps 10,000 stretches', () => {
  const lateness = new Lateness();
  for (let second = 1; second <= 10_001; second++) lateness.note(second * 1_000, 100);
  expect(lateness.between(0, 1_500)).toBe(0);
  expect(lateness.between(0, 2_500)).toBe(100);
});
