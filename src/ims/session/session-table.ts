/**
 * The sessions of a record-routing proxy: one machine a leg, found again by the token that the proxy put into its
 * Record-Route value (SIP-71), so that one proxy may carry both legs of a call without mixing them.
 */

import type { Instance } from '../../machine/index.js';
import type { Chassis, RoutedRequest } from '../../node/index.js';
import { type Forwarding, hostPort, type MessageEditor, type SipResponse } from '../../sip/index.js';
import { session } from './session.machine.js';

/** Originating or terminating leg, as the proxy's own Record-Route token says. */
export type LegSide = 'mo' | 'mt';

/** A response on its way back, as the machine passes it through. */
export interface ReturningResponse {
  readonly response: SipResponse;
  readonly forwarding: Forwarding;
}

/** What the function that owns the leg does with its messages. */
export interface LegBehaviour {
  /** Sends the INVITE on. `recordRoute` is the value that brings later requests back here. */
  forwardInvite(leg: Leg, routed: RoutedRequest, recordRoute: string): void;
  /** Changes a request within the dialog on its way through. */
  editRequest(leg: Leg, editor: MessageEditor, routed: RoutedRequest): void;
  /** Changes a response on its way back; `undefined` leaves it as it is. */
  editResponse(leg: Leg, response: SipResponse): string | undefined;
}

/** One leg of one session. */
export interface Leg {
  readonly token: string;
  readonly side: LegSide;
  /** The served user's identity, for the function's own use. */
  readonly servedUser: string;
  readonly behaviour: LegBehaviour;
  readonly machine: Instance<typeof session>;
}

const defaultSessionExpiresMs = 1_800_000;
/** How much longer than Session-Expires a proxy keeps a session whose end it did not see, ms. */
const sessionGraceMs = 32_000;

export class SessionTable {
  readonly #chassis: Chassis;
  readonly #legs = new Map<string, Leg>();
  #lastNumber = 0;

  constructor(chassis: Chassis) {
    this.#chassis = chassis;
  }

  get count(): number {
    return this.#legs.size;
  }

  /** Begins a leg with its INVITE. */
  open(side: LegSide, servedUser: string, behaviour: LegBehaviour, routed: RoutedRequest): Leg {
    const token = this.#token(side);
    const owner = { token, side, servedUser, behaviour } as { -readonly [K in keyof Leg]: Leg[K] };
    owner.machine = this.#chassis.host.create(session, {
      id: `session:${token}`,
      input: { sessionExpiresMs: defaultSessionExpiresMs + sessionGraceMs },
      owner: owner as Leg,
      effects: this.#effects,
      onDone: () => this.#legs.delete(token),
    });
    this.#legs.set(token, owner);
    owner.machine.send({ type: 'sip.invite', request: routed });
    return owner;
  }

  /** The leg to which a request within a dialog belongs, by our own Route value. */
  find(routed: RoutedRequest): Leg | undefined {
    const token = routed.ownRoute?.uri.user;
    return token === undefined ? undefined : this.#legs.get(token);
  }

  /** Hands a request within the dialog to its leg. */
  receive(leg: Leg, routed: RoutedRequest): void {
    const { method } = routed.server.message;
    if (method === 'BYE') leg.machine.send({ type: 'sip.bye', request: routed });
    else {
      const refreshes = method === 'UPDATE' || method === 'INVITE';
      leg.machine.send({ type: 'sip.request', request: routed, refreshes });
    }
  }

  /** Feeds what came back for the opening INVITE to the leg's machine, which relays it. */
  deliver(leg: Leg, response: SipResponse, forwarding: Forwarding): void {
    const returning: ReturningResponse = { response, forwarding };
    const { status } = response;
    if (leg.machine.done) {
      // A 2xx after the end, of another branch: the caller must hear of it (RFC 6026 7.2).
      forwarding.relay(response);
    } else if (status < 200) leg.machine.send({ type: 'sip.provisional', response: returning });
    else if (status < 300) {
      leg.machine.send({ type: 'sip.answered', response: returning, sessionExpiresMs: sessionExpiresMs(response) });
    } else leg.machine.send({ type: 'sip.rejected', response: returning });
  }

  readonly #effects = {
    forwardInvite: ({ request }: { request: unknown }, leg: Leg) => {
      leg.behaviour.forwardInvite(leg, request as RoutedRequest, this.#recordRoute(leg.token));
    },
    forwardInDialog: ({ request }: { request: unknown }, leg: Leg) =>
      this.#forwardInDialog(request as RoutedRequest, leg),
    relayResponse: ({ response }: { response: unknown }, leg: Leg) => {
      const { response: message, forwarding } = response as ReturningResponse;
      forwarding.relay(leg.behaviour.editResponse(leg, message) ?? message);
    },
  };

  #forwardInDialog(routed: RoutedRequest, leg: Leg): void {
    const { proxy } = this.#chassis;
    const isBye = routed.server.message.method === 'BYE';
    proxy.forward(
      routed.server,
      routed.working,
      [{ edit: (editor) => leg.behaviour.editRequest(leg, editor, routed) }],
      {
        onResponse: (response, { forwarding }) => {
          forwarding.relay(leg.behaviour.editResponse(leg, response) ?? response);
          // Whatever the answer, the session is over for us (SIP-54).
          if (isBye && response.status >= 200) leg.machine.send({ type: 'sip.byeAnswered' });
        },
      },
    );
  }

  #recordRoute(token: string): string {
    const { host, port } = this.#chassis.sip.localUri();
    return `<sip:${token}@${hostPort(host, port)};lr>`;
  }

  #token(side: LegSide): string {
    this.#lastNumber++;
    return `${side}-${this.#lastNumber}-${this.#chassis.environment.random.uint32().toString(36)}`;
  }
}

/** RFC 4028 4: Session-Expires of the 2xx in ms with our grace. */
function sessionExpiresMs(response: SipResponse): number | undefined {
  const value = Number.parseInt(response.header('Session-Expires') ?? '', 10);
  return Number.isSafeInteger(value) && value > 0 ? value * 1000 + sessionGraceMs : undefined;
}
