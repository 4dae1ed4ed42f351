/**
 * The sessions of a record-routing proxy: one machine a leg, found again by the token that the proxy put into its
 * Record-Route value (SIP-71), so that one proxy may carry both legs of a call without mixing them.
 */
import type { EffectsOf, Instance } from '../../machine/index.js';
import type { Cause, Chassis, RoutedRequest } from '../../node/index.js';
import {
  buildResponse,
  detached,
  type ForwardInfo,
  hostPort,
  type MessageEditor,
  type ServerRequest,
  type SipRequest,
  type SipResponse,
} from '../../sip/index.js';
import { session } from './session.machine.js';

/** Originating or terminating leg, as the proxy's own Record-Route token says. */
export type LegSide = 'mo' | 'mt';

/** Why an INVITE failed, and with which status the caller hears of it. */
export interface LegFailure {
  readonly status: number;
  readonly cause: Cause;
}

/** What the function that owns a leg does with its messages. */
export interface LegBehaviour {
  /** Changes the INVITE that opens the leg; Record-Route is done. */
  editInvite(editor: MessageEditor, routed: RoutedRequest): void;
  /** Changes a later request of the dialog; `fromServedUser` tells the way it goes. */
  editRequest?(editor: MessageEditor, request: SipRequest, fromServedUser: boolean): void;
  /** Changes a response; `undefined` leaves it as it is. */
  editResponse?(response: SipResponse, toServedUser: boolean): string | undefined;
  /** The next hop of the INVITE was silent (408) or could not be reached (503). */
  explainSilence(generated: SipResponse): LegFailure;
  /** The INVITE was refused by somebody else. */
  explainRejection?(response: SipResponse): Cause | undefined;
}

/** How long a session is kept whose 2xx names no Session-Expires: it may last, but no proxy keeps a dead one for ever. */
const untimedSessionMs = 24 * 3_600_000;
/** How much longer than Session-Expires a proxy keeps a session whose end it did not see, ms. */
const sessionGraceMs = 32_000;

/** Dialogs that one INVITE may make: Max-Breadth as RFC 5393 5.3.3 suggests it. */
const dialogsMax = 60;

/** One leg of one session. */
export class Leg {
  readonly machine: Instance<typeof session>;
  isCancelled = false;
  readonly #callId: string;
  readonly #callerTag: string;
  /** Record-Route of the INVITE as it came: the way back to the caller. */
  readonly #towardsCaller: readonly string[];
  /** To tags of the INVITE's responses, each a dialog, with the way on to the callee where it was recorded (RFC 3261 12.1). */
  readonly #towardsCallee = new Map<string, readonly string[] | undefined>();

  constructor(
    chassis: Chassis,
    effects: EffectsOf<typeof session, Leg>,
    onDone: (leg: Leg) => void,
    readonly token: string,
    readonly side: LegSide,
    readonly behaviour: LegBehaviour,
    invite: SipRequest,
  ) {
    this.#callId = detached(invite.callId);
    this.#callerTag = detached(invite.fromTag ?? '');
    this.#towardsCaller = invite.values('Record-Route').map(detached);
    this.machine = chassis.host.create(session, {
      id: `session:${token}`,
      input: { sessionExpiresMs: untimedSessionMs },
      owner: this as Leg,
      effects,
      onDone,
    });
  }

  /** A response to the INVITE that makes a dialog, or confirms it, has come by. */
  learnDialog(response: SipResponse): void {
    const { toTag, status } = response;
    const dialogs = this.#towardsCallee;
    if (toTag === undefined || (dialogs.has(toTag) ? status < 200 : dialogs.size === dialogsMax)) return;
    const recorded = response.values('Record-Route');
    const own = recorded.findIndex((value) => value.includes(`:${this.token}@`));
    dialogs.set(detached(toTag), own === -1 ? undefined : recorded.slice(0, own).reverse().map(detached));
  }

  /** Whether a request is of a dialog of this leg: a token alone, which both ends have read, does not prove it. */
  isInDialog({ callId, fromTag = '', toTag = '' }: SipRequest): boolean {
    if (callId !== this.#callId) return false;
    const isFromCaller = fromTag === this.#callerTag && this.#towardsCallee.has(toTag);
    return isFromCaller || (toTag === this.#callerTag && this.#towardsCallee.has(fromTag));
  }

  /** The Route values that a request of the dialog must have from here on; undefined where they were not recorded. */
  routeSetFor({ fromTag, toTag = '' }: SipRequest): readonly string[] | undefined {
    return fromTag === this.#callerTag ? this.#towardsCallee.get(toTag) : this.#towardsCaller;
  }

  /** The served user of an originating leg is the caller, of a terminating one the callee. */
  isFromServedUser({ fromTag = '' }: SipRequest): boolean {
    return (fromTag === this.#callerTag) === (this.side === 'mo');
  }
}

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
  open(side: LegSide, behaviour: LegBehaviour, routed: RoutedRequest): void {
    const token = this.#newToken(side);
    const onDone = (): void => {
      this.#legs.delete(token);
    };
    const leg = new Leg(this.#chassis, this.#effects, onDone, token, side, behaviour, routed.server.message);
    this.#legs.set(token, leg);
    leg.machine.send({ type: 'sip.invite', request: routed });
  }

  /** A request within a dialog goes to its leg, by our own Route value; one of no dialog of ours gets 481. */
  receive(routed: RoutedRequest): void {
    const { message } = routed.server;
    const leg = this.#legs.get(routed.ownRoute?.uri.user ?? '');
    if (leg?.isInDialog(message) === true) {
      const type = message.method === 'BYE' ? 'sip.bye' : 'sip.request';
      leg.machine.send({ type, request: routed });
    } else if (!routed.server.isAck) routed.server.reply(481); // CALL-01
  }

  /** Ends all machines, silently. */
  close(): void {
    for (const leg of [...this.#legs.values()]) leg.machine.stop();
  }

  readonly #effects: EffectsOf<typeof session, Leg> = {
    forwardInvite: ({ request }, leg) => this.#forwardInvite(request, leg),
    forwardInDialog: ({ request }, leg) => this.#forwardInDialog(request, leg),
    relayResponse: ({ response: { response, forwarding } }, leg) =>
      forwarding.relay(leg.behaviour.editResponse?.(response, leg.side === 'mo') ?? response),
    reportExpiry: (_, leg) =>
      this.#chassis.explain({
        what: 'cause.sessionExpired',
        text: `session ${leg.token} ended without a BYE: its Session-Expires passed and nobody refreshed it`,
        clause: 'RFC 4028 9, CALL-27',
      }),
  };

  #forwardInvite(routed: RoutedRequest, leg: Leg): void {
    const recordRoute = this.#recordRoute(leg.token);
    routed.server.onCancel(() => {
      leg.isCancelled = true;
    });
    const edit = (editor: MessageEditor): void => {
      leg.behaviour.editInvite(editor, routed);
      editor.prepend('Record-Route', recordRoute);
    };
    this.#chassis.proxy.forward(routed.server, routed.working, [{ edit }], {
      onResponse: (response, info) => this.#deliver(leg, response, info),
    });
  }

  /** Feeds what came back for the opening INVITE to the leg's machine, which relays it. */
  #deliver(leg: Leg, response: SipResponse, { generated, forwarding }: ForwardInfo): void {
    const { status } = response;
    const { machine } = leg;
    if (status > 100 && status < 300) leg.learnDialog(response);
    // A 2xx after the end, of another branch: the caller must hear of it (RFC 6026 7.2).
    if (machine.done) forwarding.relay(response);
    else if (status < 200) machine.send({ type: 'sip.provisional', response: { response, forwarding } });
    else if (status < 300) {
      const sessionExpiresMs = sessionExpiresMsOf(response);
      machine.send({ type: 'sip.answered', response: { response, forwarding }, sessionExpiresMs });
    } else {
      const heard = generated ? this.#heardAfterSilence(leg, response, forwarding.server) : response;
      const cause = generated ? undefined : leg.behaviour.explainRejection?.(response);
      if (cause !== undefined) this.#chassis.explain(cause);
      machine.send({ type: 'sip.rejected', response: { response: heard, forwarding } });
    }
  }

  #heardAfterSilence({ behaviour, isCancelled }: Leg, generated: SipResponse, server: ServerRequest): SipResponse {
    // The caller gave up and nothing more was heard: RFC 3261 9.1 takes the INVITE for cancelled.
    if (isCancelled) return buildResponse(server.message, 487, { toTag: server.localTag });
    const { status, cause } = behaviour.explainSilence(generated);
    this.#chassis.explain(cause);
    return buildResponse(server.message, status, { toTag: server.localTag });
  }

  #forwardInDialog(routed: RoutedRequest, leg: Leg): void {
    const { server, working } = routed;
    const { behaviour, machine } = leg;
    const { method } = server.message;
    const fromServedUser = leg.isFromServedUser(server.message);
    const routeSet = leg.routeSetFor(server.message);
    const edit = (editor: MessageEditor): void => {
      behaviour.editRequest?.(editor, working, fromServedUser);
      if (routeSet !== undefined) keepToRouteSet(editor, working, routeSet);
    };
    this.#chassis.proxy.forward(server, working, [{ edit }], {
      onResponse: (response, { forwarding }) => {
        forwarding.relay(behaviour.editResponse?.(response, fromServedUser) ?? response);
        const { status } = response;
        // Whatever the answer, the session is over for us (SIP-54).
        if (method === 'BYE' && status >= 200) machine.send({ type: 'sip.byeAnswered' });
        else if (status >= 200 && status < 300 && (method === 'UPDATE' || method === 'INVITE')) {
          machine.send({ type: 'sip.refreshed', sessionExpiresMs: sessionExpiresMsOf(response) });
        }
      },
    });
  }

  #recordRoute(token: string): string {
    const { host, port } = this.#chassis.sip.localUri();
    return `<sip:${token}@${hostPort(host, port)};lr>`;
  }

  #newToken(side: LegSide): string {
    this.#lastNumber++;
    return `${side}-${this.#lastNumber}-${this.#chassis.environment.random.uint32().toString(36)}`;
  }
}

/** CALL-01: a request within a dialog goes the recorded way, whatever its sender wrote. */
function keepToRouteSet(editor: MessageEditor, request: SipRequest, routeSet: readonly string[]): void {
  const given = request.values('Route');
  if (given.length === routeSet.length && given.every((value, index) => value === routeSet[index])) return;
  editor.remove('Route');
  for (const value of routeSet) editor.append('Route', value);
}

/** RFC 4028 4: Session-Expires of the 2xx in ms with our grace. */
function sessionExpiresMsOf(response: SipResponse): number | undefined {
  const value = Number.parseInt(response.header('Session-Expires') ?? '', 10);
  return value > 0 ? Math.min(value * 1000 + sessionGraceMs, untimedSessionMs) : undefined;
}
