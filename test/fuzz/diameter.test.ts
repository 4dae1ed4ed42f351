import { fuzzDiameter } from './diameter.js';

it('CX 6.3: 5,000 bent messages are decoded or refused, each with the right kind of answer', () => {
  const { accepted, refused } = fuzzDiameter(5_000, 1);
  expect(accepted).toBeGreaterThan(500);
  // Each refusal of the codec comes up.
  for (const resultCode of [3001, 3007, 3008, 5001, 5004, 5005, 5009, 5011, 5014, 5015]) {
    expect(refused[resultCode]).toBeGreaterThan(0);
  }
});
