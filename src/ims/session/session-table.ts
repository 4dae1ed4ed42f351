/**
 * The sessions of a record-routing proxy: one machine a leg, found again by the token that the proxy put into its
 * Record-Route value (SIP-71), so that one proxy may carry both legs of a call without mixing them.
 */
import type { EffectsOf, Instance } from '../../machine/index.js';
import type { Cause, Chassis, RoutedRequest } from '../../node/index.js';
import {
  buildResponse,
  type Destination,
  type ForwardInfo,
  type Forwarding,
  type ForwardTarget,
  type MessageEditor,
  type ServerRequest,
  type SipRequest,
  type SipResponse,
} from '../../sip/index.js';
import { DialogEnds } from './dialog-ends.js';
import { keepToRouteSet, recordRoute, type UserPort } from './route-set.js';
import { session } from './session.machine.js';

/** Originating or terminating leg, as the proxy's own Record-Route token says. */
export type LegSide = 'mo' | 'mt';

/** Why an INVITE failed, and with which status the caller hears of it. */
export interface LegFailure {
  readonly status: number;
  readonly cause: Cause;
}

/** A next hop that may fail without the caller hearing of it. */
export interface Trial {
  /** How long it may be silent, without even a 100, ms. */
  readonly answerWithinMs: number;
  /** The request has gone there. */
  onForwarded(forwarding: Forwarding): void;
  onProvisional(): void;
  onCancel(): void;
  /** A final response. Undefined: the caller hears of it; else it does not, and this is to be done instead. */
  onFinal(response: SipResponse, generated: boolean): (() => void) | undefined;
}

/** What the function that owns a leg does with its messages. */
export interface LegBehaviour {
  /** Whose leg it is, for the function that owns it. */
  readonly servedUser?: object;
  /** Names of the contacts that the served user may have it over; with the last of them it ends (`releaseOver`). */
  readonly contacts?: readonly string[];
  /** Which of `contacts` a branch leads to. */
  contactOf?(branch: object): string;
  /** The port of ours that the served user must send to, where it is not the one that the network knows (AKA-51, TS 33.203 O.3). */
  readonly userPort?: UserPort | undefined;
  /** How the served user is reached, where the URI of its contact does not say it (RFC 5626 5.3, AKA-51). */
  towardsServedUser?(): readonly Destination[] | undefined;
  /** Where the leg is to ring at once, each given to `editInvite` in turn; one place where absent (RFC 3261 16.6). */
  readonly branches?: readonly object[];
  /** Further flows to the UE of a branch, likeliest first: tried where one has failed (RFC 5626 5.3). */
  otherFlows?(branch: object): readonly object[];
  /** The one place where the leg goes can be done without. */
  readonly trial?: Trial;
  /** Changes the INVITE that opens the leg; Record-Route is done. */
  editInvite(editor: MessageEditor, routed: RoutedRequest, branch?: object): void;
  /** Changes a later request of the dialog; `fromServedUser` tells the way it goes. */
  editRequest?(editor: MessageEditor, request: SipRequest, fromServedUser: boolean): void;
  /** Changes a response; `undefined` leaves it as it is. */
  editResponse?(response: SipResponse, toServedUser: boolean): string | undefined;
  /** The next hop of the INVITE was silent (408) or could not be reached (503). */
  explainSilence(generated: SipResponse): LegFailure;
  /** The INVITE was refused by somebody else. */
  explainRejection?(response: SipResponse): Cause | undefined;
}

/** Where a request goes on. */
interface WayOn extends ForwardTarget {
  readonly edit: (editor: MessageEditor) => void;
  readonly otherFlows?: readonly WayOn[];
}

/** How long a session is kept whose 2xx names no Session-Expires: it may last, but no proxy keeps a dead one for ever. */
const untimedSessionMs = 24 * 3_600_000;
/** The shortest session interval, s (RFC 4028 5). */
const sessionIntervalMin = 90;
/** How much longer than Session-Expires a proxy keeps a session whose end it did not see, ms. */
const sessionGraceMs = 32_000;

/** Why the network ends a session (RFC 3326, CALL-45). */
const releaseReason = 'SIP;cause=503;text="Service Unavailable"';

/** One leg of one session. */
export class Leg {
  readonly machine: Instance<typeof session>;
  readonly dialogs: DialogEnds;
  isCancelled = false;
  /** The INVITE under way. */
  forwarding: Forwarding | undefined;
  /** Of `behaviour.contacts` those that stand; one of them, once it has answered. */
  #contacts: readonly string[];

  constructor(
    chassis: Chassis,
    effects: EffectsOf<typeof session, Leg>,
    onDone: (leg: Leg) => void,
    readonly token: string,
    readonly side: LegSide,
    readonly behaviour: LegBehaviour,
    invite: SipRequest,
  ) {
    this.dialogs = new DialogEnds(invite);
    this.#contacts = behaviour.contacts ?? noContacts;
    this.machine = chassis.host.create(session, {
      id: `session:${token}`,
      input: { sessionExpiresMs: untimedSessionMs },
      owner: this as Leg,
      effects,
      onDone,
    });
  }

  /** The served user of an originating leg is the caller, of a terminating one the callee. */
  isFromServedUser(request: SipRequest): boolean {
    return this.dialogs.isFromCaller(request) === (this.side === 'mo');
  }

  /** The first 2xx has come, from this contact where the served user is the callee. */
  answeredFrom(contact: string | undefined): void {
    if (contact !== undefined) this.#contacts = this.#contacts.filter((each) => each === contact);
  }

  /** RFC 3261 15: what was answered from a contact that was gone by then ends with the ACK, which a BYE must not overtake. */
  onAck(): void {
    if (this.#contacts.length === 0 && this.behaviour.contacts !== undefined) {
      this.machine.send({ type: 'network.release' });
    }
  }

  /** Contacts of the served user are gone: where it rings at others too, it goes on ringing there. */
  loseContacts(gone: ReadonlySet<string>): void {
    const left = this.#contacts.filter((each) => !gone.has(each));
    if (left.length === this.#contacts.length) return;
    this.#contacts = left;
    const rings = left.length > 0 && this.forwarding?.withdraw(gone, releaseReason) !== false;
    if (!rings) this.machine.send({ type: 'network.release' });
  }
}

const noContacts: readonly string[] = [];

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
    if (asksTooOften(routed.server.message)) {
      routed.server.reply(422, { headers: [['Min-SE', String(sessionIntervalMin)]] }); // RFC 4028 8.1
      return;
    }
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
    if (leg?.dialogs.has(message) === true) {
      leg.dialogs.learnRequest(message);
      const type = message.method === 'BYE' ? 'sip.bye' : 'sip.request';
      leg.machine.send({ type, request: routed });
      if (routed.server.isAck) leg.onAck();
    } else if (!routed.server.isAck) routed.server.reply(481); // CALL-01
  }

  /** REG-72, TS 24.229 §5.4.5.1.2: ends the sessions over contacts that are gone. */
  releaseOver(gone: readonly string[]): void {
    const names = new Set(gone);
    for (const leg of [...this.#legs.values()]) leg.loseContacts(names);
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
    cancelSession: (_, { forwarding }) => {
      forwarding?.cancel(releaseReason);
      forwarding?.server.reply(503, { headers: [['Reason', releaseReason]] }); // CALL-45
    },
    endDialog: (_, leg) => this.#endDialog(leg),
    reportExpiry: (_, leg) =>
      this.#chassis.explain({
        what: 'cause.sessionExpired',
        text: `session ${leg.token} ended without a BYE: its Session-Expires passed and nobody refreshed it`,
        clause: 'RFC 4028 9, CALL-27',
      }),
  };

  #forwardInvite(routed: RoutedRequest, leg: Leg): void {
    const { behaviour, side } = leg;
    const destinations = side === 'mt' ? behaviour.towardsServedUser?.() : undefined;
    routed.server.onCancel(() => {
      leg.isCancelled = true;
      behaviour.trial?.onCancel();
    });
    const inSession = ({ edit, otherFlows, answerWithinMs, contact }: WayOn): WayOn => ({
      ...(answerWithinMs && { answerWithinMs }),
      ...(contact && { contact }),
      edit: (editor: MessageEditor): void => {
        edit(editor);
        recordRoute(this.#chassis, editor, leg.token, side, behaviour.userPort);
      },
      ...(otherFlows && { otherFlows: otherFlows.map(inSession) }),
      ...(destinations && { destinations }),
    });
    const targets = branchesOf(behaviour, routed).map(inSession);
    leg.forwarding = this.#chassis.proxy.forward(routed.server, routed.working, targets, {
      onResponse: (response, info) => this.#deliver(leg, response, info),
    });
    behaviour.trial?.onForwarded(leg.forwarding);
  }

  /** CALL-46: BYE both ways; the session is over with the first answer, or when none comes. */
  #endDialog(leg: Leg): void {
    const { machine, dialogs, behaviour } = leg;
    const { sip } = this.#chassis;
    const onEnd = (): void => machine.send({ type: 'sip.byeAnswered' });
    const user = {
      onResponse: ({ status }: SipResponse) => {
        if (status >= 200) onEnd();
      },
      onTimeout: onEnd,
      onTransportError: onEnd,
    };
    const byes = dialogs.byes(releaseReason);
    for (const made of byes) {
      const fromServedUser = leg.isFromServedUser(made);
      const towardsUser = fromServedUser ? undefined : behaviour.towardsServedUser?.();
      const bye = fromServedUser ? made : translated(made, behaviour);
      sip.sendRequest(bye, towardsUser ?? sip.nextHop(bye), user);
    }
    if (byes.length === 0) onEnd();
  }

  /** Feeds what came back for the opening INVITE to the leg's machine, which relays it. */
  #deliver(leg: Leg, response: SipResponse, { generated, forwarding, contact }: ForwardInfo): void {
    const { status } = response;
    const { machine } = leg;
    if (status < 200) leg.behaviour.trial?.onProvisional();
    else {
      const instead = leg.behaviour.trial?.onFinal(response, generated);
      if (instead !== undefined) {
        machine.send({ type: 'leg.superseded' });
        instead();
        return;
      }
    }
    if (status > 100 && status < 300) leg.dialogs.learn(response, leg.token);
    // A 2xx after the end, of another branch: the caller must hear of it (RFC 6026 7.2).
    if (machine.done) forwarding.relay(leg.behaviour.editResponse?.(response, leg.side === 'mo') ?? response);
    else if (status < 200) machine.send({ type: 'sip.provisional', response: { response, forwarding } });
    else if (status < 300) {
      if (leg.forwarding !== undefined) leg.answeredFrom(contact);
      leg.forwarding = undefined;
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
    const routeSet = leg.dialogs.routesFor(server.message);
    const edit = (editor: MessageEditor): void => {
      behaviour.editRequest?.(editor, working, fromServedUser);
      if (routeSet !== undefined) keepToRouteSet(editor, working, routeSet);
    };
    const destinations = fromServedUser ? undefined : behaviour.towardsServedUser?.();
    this.#chassis.proxy.forward(server, working, [{ edit, ...(destinations && { destinations }) }], {
      onResponse: (response, { forwarding }) => {
        forwarding.relay(behaviour.editResponse?.(response, fromServedUser) ?? response);
        const { status } = response;
        // Whatever the answer, the session is over for us (SIP-54).
        if (method === 'BYE' && status >= 200) machine.send({ type: 'sip.byeAnswered' });
        else if (status >= 200 && status < 300) leg.dialogs.learnAnswer(server.message, response);
        if (status >= 200 && status < 300 && (method === 'UPDATE' || method === 'INVITE')) {
          machine.send({ type: 'sip.refreshed', sessionExpiresMs: sessionExpiresMsOf(response) });
        }
      },
    });
  }

  #newToken(side: LegSide): string {
    this.#lastNumber++;
    return `${side}-${this.#lastNumber}-${this.#chassis.environment.random.uint32().toString(36)}`;
  }
}

/** SIP-48: who knows session timers can ask for a longer interval; for others a proxy may not refuse (RFC 4028 8.1). */
function asksTooOften(invite: SipRequest): boolean {
  const seconds = Number.parseInt(invite.header('Session-Expires') ?? '', 10);
  return seconds < sessionIntervalMin && invite.hasOption('Supported', 'timer');
}

/** A GRUU of the served user becomes the contact that it names in what is made here as well (RFC 5627 6.1). */
function translated(bye: SipRequest, behaviour: LegBehaviour): SipRequest {
  if (behaviour.editRequest === undefined) return bye;
  const editor = bye.edit();
  behaviour.editRequest(editor, bye, false);
  return editor.message();
}

/** The ways on of a leg's first request. */
export function branchesOf(behaviour: LegBehaviour, routed: RoutedRequest): readonly WayOn[] {
  const { branches = [{}], trial } = behaviour;
  const wayTo = (branch: object): WayOn => ({
    edit: (editor) => behaviour.editInvite(editor, routed, branch),
    ...(behaviour.contactOf && { contact: behaviour.contactOf(branch) }),
    ...(trial && { answerWithinMs: trial.answerWithinMs }),
  });
  return branches.map((branch) => {
    const others = behaviour.otherFlows?.(branch) ?? [];
    return others.length === 0 ? wayTo(branch) : { ...wayTo(branch), otherFlows: others.map(wayTo) };
  });
}

/** RFC 4028 4: Session-Expires of the 2xx in ms with our grace. */
function sessionExpiresMsOf(response: SipResponse): number | undefined {
  const value = Number.parseInt(response.header('Session-Expires') ?? '', 10);
  return value > 0 ? Math.min(value * 1000 + sessionGraceMs, untimedSessionMs) : undefined;
}
