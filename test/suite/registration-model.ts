/**
 * An attempt to register under loss: REGISTER, 401, REGISTER, 200 over three hops, UE, P-CSCF, I-CSCF, S-CSCF, all of them UDP.
 * The queries of the HSS take no time and are never lost.
 *
 * What it comes to, nearly, in closed form: the I-CSCF waits 5 s for the first sign of life of the S-CSCF (decision 0005), in
 * which it sends four copies, at 0, 0.5, 1.5 and 3.5 s. With q = 1 - (1 - loss)^2, here 0.36, all four are in vain with q^4 =
 * 0.0168, and the UE gets 504. The hops before it have eleven copies each (q^11 = 0.00001), less those that leave before there
 * is an answer, and cost a few attempts in 100,000. Two transactions: (1 - q^4)^2 = 0.9667.
 */
import { coreTimers, type Hop, Request, ueTimers, World } from './retransmission-model.js';

export type RegistrationEnd =
  | 'registered'
  /** 504: the I-CSCF has heard nothing of the S-CSCF for 5 s (TS 24.229 5.3.1.3). */
  | 'servingNodeSilent'
  /** 504: timer F of the P-CSCF (TS 24.229 5.2.2.1). */
  | 'interrogatingNodeSilent'
  /** Timer F of the UE. */
  | 'proxySilent';

/** Decision 0005. */
const serverPatience = 5;

export function drawRegistration(loss: number, random: () => number): RegistrationEnd {
  const first = drawRegister(loss, random);
  return first === 'registered' ? drawRegister(loss, random) : first;
}

/** One REGISTER and its answer, be it 401 or 200. */
function drawRegister(loss: number, random: () => number): RegistrationEnd {
  const world = new World(random);
  const [access, entry, home] = hops(loss);
  let cause: RegistrationEnd = 'registered';
  let end: RegistrationEnd | undefined;
  new Request(world, access, {
    onRequest: (fromUe) =>
      new Request(world, entry, {
        onRequest: (fromProxy) => askServer(world, home, fromProxy, () => (cause = 'servingNodeSilent')),
        onFinal: (status) => fromUe.respond(status),
        onTimeout: () => {
          cause = 'interrogatingNodeSilent';
          fromUe.respond(504);
        },
      }),
    onFinal: (status) => {
      end = status === 504 ? cause : 'registered';
    },
    onTimeout: () => {
      end = 'proxySilent';
    },
  });
  world.run(() => end !== undefined);
  return end!;
}

function askServer(world: World, home: Hop, fromProxy: Request, note: () => void): void {
  const request = new Request(world, home, {
    onRequest: (atServer) => atServer.respond(200),
    onFinal: (status) => fromProxy.respond(status),
    onTimeout: () => {},
    onHeard: () => cancel(),
  });
  const cancel = world.after(serverPatience, () => {
    request.abandon();
    note();
    fromProxy.respond(504); // there is no other S-CSCF
  });
}

function hops(loss: number): readonly [Hop, Hop, Hop] {
  return [
    { timers: ueTimers, loss, delay: 0.02 },
    { timers: coreTimers, loss, delay: 0.001 },
    { timers: coreTimers, loss, delay: 0.001 },
  ];
}

/** (1 - q^4)^2, see above. */
export function nearly(loss: number): number {
  const inVain = 1 - (1 - loss) ** 2;
  return (1 - inVain ** 4) ** 2;
}
