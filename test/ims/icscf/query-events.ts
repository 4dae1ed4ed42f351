import fc from 'fast-check';

const names = ['sip:scscf1.example.com:5060', 'sip:scscf2.example.com:5060', 'sip:scscf3.example.com:5060'];

/** Where an answer of the HSS may lead: UAA and LIA alike. */
export const outcomes = fc.oneof(
  fc.record({ kind: fc.constant('server'), serverName: fc.constantFrom(...names) }),
  fc.record({ kind: fc.constant('candidates'), serverNames: fc.subarray(names) }),
  fc.record({ kind: fc.constant('refused'), status: fc.constantFrom(403, 404, 480) }),
);

/** Responses of an S-CSCF. */
export const responses = fc.oneof(
  fc.record({
    type: fc.constant('sip.response'),
    response: fc.constant('response'),
    unavailable: fc.boolean(),
  }),
  fc.constant({ type: 'sip.provisional', response: 'response' }),
);
