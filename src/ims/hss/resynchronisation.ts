/** Before a vector is made: AUTS of the card, and a counter at its end (TS 33.102 6.3.5, AKA-13, AKA-24). */
import { encodeSqn } from '../../aka/index.js';
import type { Chassis } from '../../node/index.js';
import type { Subscriber } from '../subscription/subscriber.js';
import type { AuthenticationCentre } from './authentication-centre.js';

/** True: the counter is where the SIM will follow. Explains what it has found. */
export function resynchronise(
  chassis: Chassis,
  { imsi }: Subscriber,
  authenticationCentre: AuthenticationCentre,
  authorization: Buffer,
): boolean {
  const before = authenticationCentre.lastSqn;
  const result = authenticationCentre.resynchronise(authorization);
  if (result.outcome === 'macFailure') {
    const { text, next } = authenticationCentre.diagnose(authorization) ?? notAuts;
    chassis.explain({
      what: 'cause.autsRejected',
      text: `AUTS of ${imsi} does not verify: ${text}; ${next}`,
      clause: 'TS 33.102 §6.3.5, AKA-13',
    });
    return false;
  }
  const taken = result.reset ? 'the HSS took over the SIM value' : 'the next SQN of the HSS is acceptable anyway';
  chassis.explain({
    what: 'info.resynchronised',
    text: `the SIM of ${imsi} is at SQN ${hex(result.sqnMs)}, the HSS was at ${hex(before)}; ${taken}`,
    clause: 'TS 33.102 §6.3.5',
  });
  return true;
}

/** AKA-24: a counter never wraps. Explains it where so. */
export function isExhausted(
  chassis: Chassis,
  { imsi }: Subscriber,
  authenticationCentre: AuthenticationCentre,
): boolean {
  if (!authenticationCentre.isExhausted) return false;
  chassis.explain({
    what: 'cause.sqnExhausted',
    text: `the sequence number of ${imsi} has come to the end of its 48 bits, so no vector can be made: give the SIM and the subscriber lower ones`,
    clause: 'TS 33.102 Annex C, AKA-24',
  });
  return true;
}

const notAuts = {
  text: 'SIP-Authorization is not 16 octets of RAND and 14 of AUTS',
  next: 'see what the S-CSCF makes of auts',
};

/** As `imslab aka` writes sequence numbers. */
function hex(sqn: bigint): string {
  return encodeSqn(sqn).toString('hex');
}
