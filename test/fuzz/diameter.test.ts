import { fuzzDiameter } from './diameter.js';
import { fuzzDiameterPeers } from './diameter-peer.js';

it('CX 6.3: 5,000 bent messages are decoded or refused, each with the right kind of answer', () => {
  const { accepted, refused } = fuzzDiameter(5_000, 1);
  expect(accepted).toBeGreaterThan(500);
  // Each refusal of the codec comes up.
  for (const resultCode of [3001, 3007, 3008, 5001, 5004, 5005, 5009, 5011, 5014, 5015]) {
    expect(refused[resultCode]).toBeGreaterThan(0);
  }
});

it('CX 6.3: 3,000 bent messages to a server are answered or end a connection, and others are served', () => {
  const { answers, connections, refused } = fuzzDiameterPeers(3_000, 1);
  expect(answers).toBeGreaterThan(500);
  expect(connections).toBeGreaterThan(10);
  for (const resultCode of [3001, 3003, 3007, 5001, 5004, 5005, 5011, 5012, 5014, 5015])
    expect(refused[resultCode]).toBeGreaterThan(0);
});
