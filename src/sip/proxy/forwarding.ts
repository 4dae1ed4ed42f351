/**
 * The response context of a forwarded request: its branches, and what goes back. RFC 3261 16.6 to 16.10. Each branch lasts as
 * long as its own timers say, also when whoever asked has long given up: towards a UE they are longer than in the core (TS 24.229
 * 7.7), and a BYE is to get there even if its answer is of no use any more.
 */
import type { Clock, Timer } from '../../environment/index.js';
import type { EffectsOf, Instance } from '../../machine/index.js';
import type { SipEndpoint } from '../endpoint.js';
import { buildResponse, type MessageEditor, parseOwn, type SipRequest, type SipResponse } from '../message/index.js';
import type { ClientTransaction, ClientUser } from '../transaction/client-transaction.js';
import type { ServerRequest } from '../transaction/incoming-request.js';
import type { SipTimers } from '../transaction/timers.js';
import type { Destination } from '../transport/destination.js';
import { bestResponse } from './best-response.js';
import { proxyBranch } from './proxy-branch.machine.js';

/** One way on for a request. */
export interface ForwardTarget {
  /** Changes the outgoing copy; Max-Forwards is done, Via comes later. */
  readonly edit?: (editor: MessageEditor) => void;
  /** Instead of where Route or Request-URI lead. */
  readonly destinations?: readonly Destination[];
  readonly timers?: SipTimers;
  /**
   * How long the next hop may be silent, without even a 100, before the branch counts as timed out. For whoever has
   * another one to try: timer B or F of the hop before would expire first. Absent: timers B and F alone.
   */
  readonly answerWithinMs?: number;
  /** Further flows to the same UE: the next one takes the place of one that is answered 430 (RFC 5626 5.3). */
  readonly otherFlows?: readonly ForwardTarget[];
  /** What it leads to, for whoever asks who has answered or takes a contact back. */
  readonly contact?: string;
}

/** A target and the request as it goes there. */
export interface OutgoingBranch {
  readonly request: SipRequest;
  readonly target: ForwardTarget;
  readonly otherFlows: readonly OutgoingBranch[];
}

const flowFailed = 430;

export interface ForwardInfo {
  /** Made here: 408 for a branch that timed out, 503 for one that could not be reached. */
  readonly generated: boolean;
  readonly forwarding: Forwarding;
  /** Of a 2xx: `contact` of the target that it came from. */
  readonly contact?: string | undefined;
}

/**
 * Sees each response that would go upstream, without our Via: 101 to 199, every 2xx, and the best of the others once all
 * branches have ended. What it does not relay is not relayed; it may relay later, edited, or forward the request anew.
 */
export interface ForwardHandler {
  onResponse(response: SipResponse, info: ForwardInfo): void;
}

export interface Forwarding {
  readonly server: ServerRequest;
  /** Sends the response upstream; a 503 becomes a 500 (RFC 3261 16.7 item 6). */
  relay(response: SipResponse | string): void;
  /** Cancels all pending branches of an INVITE. `reason` is a value of Reason (RFC 3326). */
  cancel(reason?: string): void;
  /** Cancels the pending branches to contacts that are gone. False: there is no other one, and `cancel` is to end all. */
  withdraw(gone: ReadonlySet<string>, reason: string): boolean;
  /** The next hop has shown by something else than a response that it is there: `answerWithinMs` counts no more. */
  heard(): void;
  /** A final response has been handed to the handler. Further 2xx to an INVITE may still come. */
  readonly finished: boolean;
}

/** What all branches of a request have in common. */
export interface BranchRules {
  /** Last part of their branch parameters (SIP-43). */
  readonly branchSuffix: string;
  readonly timerCMs: number;
  /** Where those of an INVITE are until timer C has no more to say. */
  readonly watched: Set<Branch>;
}

const relayEverything: ForwardHandler = { onResponse: (response, { forwarding }) => forwarding.relay(response) };

export class ResponseContext implements Forwarding {
  readonly server: ServerRequest;
  readonly #endpoint: SipEndpoint;
  readonly #handler: ForwardHandler;
  readonly #branches: Branch[] = [];
  #finished = false;
  #isCancelled = false;
  #rules: BranchRules | undefined;

  constructor(endpoint: SipEndpoint, server: ServerRequest, handler: ForwardHandler = relayEverything) {
    this.#endpoint = endpoint;
    this.server = server;
    this.#handler = handler;
    // RFC 3261 9.1: of what is no INVITE there is none.
    if (server.message.method !== 'INVITE') return;
    server.onCancel((cancel) => this.#cancelBranches(cancel.headers('Reason').map((value) => ['Reason', value])));
  }

  get finished(): boolean {
    return this.#finished;
  }

  /** Sends the request on all branches. */
  start(requests: readonly OutgoingBranch[], rules: BranchRules): void {
    this.#rules = rules;
    for (const each of requests) this.#launch(each, rules);
  }

  #launch({ request, target, otherFlows }: OutgoingBranch, { branchSuffix, timerCMs, watched }: BranchRules): void {
    const branch = new Branch(this, otherFlows, target.contact);
    this.#branches.push(branch);
    const destinations = target.destinations ?? this.#endpoint.nextHop(request);
    branch.client = this.#endpoint.sendRequest(strictlyRouted(request), destinations, branch, {
      branchSuffix,
      timers: target.timers,
      failover: true,
    });
    if (request.method === 'INVITE') branch.watch(this.#endpoint.host, timerCMs, watched);
    if (target.answerWithinMs !== undefined) branch.expectAnswer(this.#endpoint.clock, target.answerWithinMs);
  }

  relay(response: SipResponse | string): void {
    const message = typeof response === 'string' ? parseOwn(response) : response;
    if (message.kind !== 'response') throw new TypeError('relay needs a response');
    this.server.respond(message.status === 503 ? message.edit().status(500).message() : message);
  }

  cancel(reason?: string): void {
    this.#cancelBranches(reason === undefined ? [] : [['Reason', reason]]);
  }

  withdraw(gone: ReadonlySet<string>, reason: string): boolean {
    const isGone = (contact: string | undefined): boolean => contact !== undefined && gone.has(contact);
    const pending = this.#branches.filter(({ final }) => final === undefined);
    for (const branch of pending) {
      branch.otherFlows = branch.otherFlows.filter(({ target }) => !isGone(target.contact));
    }
    const withdrawn = pending.filter(({ contact }) => isGone(contact));
    if (withdrawn.length > 0 && withdrawn.length === pending.length) return false;
    for (const branch of withdrawn) branch.cancel([['Reason', reason]]);
    return true;
  }

  heard(): void {
    for (const branch of this.#branches) branch.heard();
  }

  /** For the branches: a response other than 100, without our Via. */
  onResponse(branch: Branch, response: SipResponse, generated: boolean): void {
    const { status } = response;
    if (status < 200) {
      if (!this.#finished) this.#hand(response, generated);
      return;
    }
    if (status < 300) {
      this.#onSuccess(branch, response);
      return;
    }
    if (branch.final !== undefined) return;
    if (status === flowFailed && this.#takesOtherFlow(branch)) return;
    branch.final = response;
    branch.isGenerated = generated;
    // RFC 3261 16.7 item 5: a 6xx ends the search, but the other branches are waited for.
    if (status >= 600) this.cancel();
    this.#finishWhenAllEnded();
  }

  /** RFC 5626 5.3: another flow to the same UE takes the place of the branch. */
  #takesOtherFlow(branch: Branch): boolean {
    const [next, ...others] = branch.otherFlows;
    if (next === undefined || this.#rules === undefined || this.#isCancelled || this.#finished) return false;
    this.#branches.splice(this.#branches.indexOf(branch), 1);
    this.#launch({ ...next, otherFlows: others }, this.#rules);
    return true;
  }

  /** RFC 3261 16.7 item 5: at once, and for an INVITE every one of them. */
  #onSuccess(branch: Branch, response: SipResponse): void {
    const isFirst = !this.#finished;
    const isInvite = this.server.message.method === 'INVITE';
    branch.final = response;
    this.#finished = true;
    if (isFirst || isInvite) this.#hand(response, false, branch.contact);
    if (isFirst) this.cancel(); // item 10
  }

  #finishWhenAllEnded(): void {
    if (this.#finished || this.#branches.some(({ final }) => final === undefined)) return;
    this.#finished = true;
    const finals = this.#branches.map(({ final }) => final!);
    const best = bestResponse(finals);
    this.#hand(best, this.#branches.find(({ final }) => final === best)?.isGenerated === true);
  }

  #hand(response: SipResponse, generated: boolean, contact?: string): void {
    this.#handler.onResponse(response, { generated, forwarding: this, contact });
  }

  #cancelBranches(headers: readonly (readonly [string, string])[]): void {
    this.#isCancelled = true;
    for (const branch of this.#branches) branch.cancel(headers);
  }

  /** Ends it with a response made here. */
  fail(status: number): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#hand(buildResponse(this.server.message, status, { toTag: this.server.localTag }), true);
  }
}

/** One branch: a client transaction, and for an INVITE the machine with timer C. */
export class Branch implements ClientUser {
  client: ClientTransaction | undefined;
  final: SipResponse | undefined;
  isGenerated = false;
  readonly #context: ResponseContext;
  #machine: Instance<typeof proxyBranch> | undefined;
  #cancelHeaders: readonly (readonly [string, string])[] = [];
  #silence: Timer | undefined;

  constructor(
    context: ResponseContext,
    public otherFlows: readonly OutgoingBranch[],
    readonly contact: string | undefined,
  ) {
    this.#context = context;
  }

  expectAnswer(clock: Clock, withinMs: number): void {
    this.#silence = clock.setTimer(withinMs, () => this.giveUp());
  }

  heard(): void {
    this.#silence?.cancel();
  }

  /** Stays in `watched` until timer C has no more to say. */
  watch(host: SipEndpoint['host'], timerCMs: number, watched: Set<Branch>): void {
    const id = `branch:${this.client!.branch}`;
    const onDone = (branch: Branch): void => {
      watched.delete(branch);
    };
    watched.add(this);
    this.#machine = host.create(proxyBranch, {
      id,
      input: { timerCMs },
      owner: this as Branch,
      effects: branchEffects,
      onDone,
    });
  }

  /** The node closes: nothing of it happens any more. */
  stop(): void {
    this.#silence?.cancel();
    this.#machine?.stop();
  }

  /** SIP-45. Without effect after a final response, and for what is not an INVITE. */
  cancel(headers: readonly (readonly [string, string])[]): void {
    if (this.#machine === undefined || this.#machine.done) return;
    this.#cancelHeaders = headers;
    this.#machine.send({ type: 'tu.cancel' });
  }

  onResponse(response: SipResponse): void {
    this.#silence?.cancel();
    const { status } = response;
    if (status === 100) {
      this.#machine?.send({ type: 'sip.trying' }); // RFC 3261 16.7 item 4: goes no further
      return;
    }
    // RFC 3261 16.7 item 3: without our Via; none left means that it was for us.
    const relayed = response.edit().removeFirst('Via').message();
    if (relayed.has('Via')) {
      this.#machine?.send({ type: status < 200 ? 'sip.provisional' : 'sip.final' });
      this.#context.onResponse(this, relayed, false);
    } else if (status >= 200) this.#end(503); // a final response that nobody can have is as good as none
  }

  onTimeout(): void {
    this.#end(408); // RFC 3261 16.8, 8.1.3.1
  }

  onTransportError(): void {
    this.#end(503); // RFC 3261 16.9
  }

  /** For the machine's effects. */
  cancelRequest(): void {
    this.client!.cancel(this.#cancelHeaders);
  }

  /** Nothing was heard: timer C, or a next hop that is silent for too long. */
  giveUp(): void {
    this.client!.abandon();
    this.#end(408);
  }

  #end(status: number): void {
    this.#silence?.cancel();
    this.#machine?.send({ type: 'sip.final' });
    const { server } = this.#context;
    this.#context.onResponse(this, buildResponse(server.message, status, { toTag: server.localTag }), true);
  }
}

const branchEffects: EffectsOf<typeof proxyBranch, Branch> = {
  cancelRequest: (_, branch) => branch.cancelRequest(),
  reportTimeout: (_, branch) => branch.giveUp(),
};

/** RFC 3261 16.6 item 6: a next hop without lr wants its URI as Request-URI, and the true one at the end of Route. */
function strictlyRouted(request: SipRequest): SipRequest {
  const route = request.routes[0];
  if (route === undefined || route.uri.parameters.has('lr')) return request;
  return request
    .edit()
    .requestUri(route.uri.text)
    .removeFirst('Route')
    .append('Route', `<${request.requestUri}>`)
    .message();
}
