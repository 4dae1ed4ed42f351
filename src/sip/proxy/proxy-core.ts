/** The proxy core: checks, route preprocessing, forwarding. RFC 3261 16; RFC 5393; TS 24.229 5.2.6, 5.3.2, 5.4.3. */
import type { SipEndpoint } from '../endpoint.js';
import type { SipRequest } from '../message/index.js';
import type { ServerRequest } from '../transaction/incoming-request.js';
import { type AdmissionRules, refusalOf } from './admission.js';
import {
  type Branch,
  type ForwardHandler,
  type Forwarding,
  type ForwardTarget,
  type OutgoingBranch,
  ResponseContext,
} from './forwarding.js';
import { isLoop, loopHash } from './loop-detection.js';
import { type PreprocessedRequest, preprocess } from './route-preprocessing.js';

export interface ProxyCoreOptions {
  /** More than three minutes (RFC 3261 16.6 item 11); 181 s where absent. */
  readonly timerCMs?: number;
}

/** Max-Forwards of a request that has none. RFC 3261 16.6 item 3. */
const MAX_FORWARDS_DEFAULT = 70;

export class ProxyCore {
  readonly #endpoint: SipEndpoint;
  readonly #timerCMs: number;
  /** Of INVITEs under way: their machines would outlive a node that closes by timer C. */
  readonly #watched = new Set<Branch>();

  constructor(endpoint: SipEndpoint, options: ProxyCoreOptions = {}) {
    this.#endpoint = endpoint;
    this.#timerCMs = options.timerCMs ?? 181_000;
  }

  /**
   * SIP-40 / RFC 3261 16.3. False: the request has been answered (416, 483, 482, 420) or, being an ACK, is to be dropped.
   */
  admit(request: ServerRequest, rules: AdmissionRules = {}): boolean {
    const { message } = request;
    const refusal = refusalOf(request, rules, () => isLoop(message, this.#endpoint.sentBy));
    if (refusal === undefined) return true;
    if (request.isAck) return false;
    rules.onRefused?.(message, refusal);
    request.reply(refusal.status, { headers: refusal.headers ?? [] });
    return false;
  }

  /** SIP-41 / RFC 3261 16.4. */
  preprocess(request: ServerRequest): PreprocessedRequest {
    return preprocess(request.message, (uri) => this.#endpoint.isOwn(uri));
  }

  /**
   * SIP-42 / RFC 3261 16.6: sends `working` on to all targets at once. An INVITE is answered 100 first, since no proxy
   * knows how long the next hop takes (17.2.1). An ACK goes on without state, and nothing comes back for it.
   */
  forward(
    server: ServerRequest,
    working: SipRequest,
    targets: readonly ForwardTarget[],
    handler?: ForwardHandler,
  ): Forwarding {
    const context = new ResponseContext(this.#endpoint, server, handler);
    const requests = branchesTo(targets, working);
    if (requests.length < targets.length) {
      // What goes into an edit comes from outside too (a stored Contact, a Server-Name): it must not stop a node.
      this.#endpoint.faults.record('the edited request is malformed', 'RFC 3261 16.6', { method: working.method });
      if (!server.isAck) this.#endpoint.clock.setTimer(0, () => context.fail(500));
      return context;
    }
    if (server.isAck) {
      for (const { request, target } of requests) {
        this.#endpoint.sendStateless(request, target.destinations ?? this.#endpoint.nextHop(request));
      }
      return context;
    }
    if (server.message.method === 'INVITE') server.sendTrying();
    context.start(requests, {
      branchSuffix: loopHash(server.message),
      timerCMs: this.#timerCMs,
      watched: this.#watched,
    });
    return context;
  }

  /** Ends what is under way without a word to anybody. */
  close(): void {
    for (const branch of this.#watched) branch.stop();
  }
}

const noBranches: readonly OutgoingBranch[] = [];

/** Without those whose edit made the request malformed. */
function branchesTo(targets: readonly ForwardTarget[], working: SipRequest): readonly OutgoingBranch[] {
  const branches: OutgoingBranch[] = [];
  for (const target of targets) {
    const request = outgoing(working, target);
    const otherFlows = target.otherFlows === undefined ? noBranches : branchesTo(target.otherFlows, working);
    if (request !== undefined) branches.push({ request, target, otherFlows });
  }
  return branches;
}

/** RFC 3261 16.6 items 1 to 5: the copy that goes out, unless the edit made it malformed. */
function outgoing(working: SipRequest, { edit }: ForwardTarget): SipRequest | undefined {
  const { maxForwards } = working;
  const editor = working.edit();
  editor.set('Max-Forwards', String(maxForwards === undefined ? MAX_FORWARDS_DEFAULT : maxForwards - 1));
  edit?.(editor);
  const request = editor.message();
  if (request.requestUri === working.requestUri) return request;
  const { scheme, headers } = request.uri;
  // Without a scheme it is none. RFC 3261 19.1.1: no headers in a Request-URI.
  return scheme !== '' && headers.size === 0 ? request : undefined;
}
