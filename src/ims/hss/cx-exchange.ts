/** What the procedures of Cx share (TS 29.228 §6): a request is looked up, decided, kept, and only then answered. */
import type { MultimediaAuthQuery, ServerAssignmentQuery } from '../../diameter/index.js';
import type { Chassis } from '../../node/index.js';
import { type Reply, type ReplySubject, replyFor } from './cx-replies.js';
import { findNamed, type NamedIdentities } from './named-identities.js';
import { explain, type Refusal, refusals } from './refusals.js';
import { unusable } from './request-checks.js';
import type { ScscfNotifications } from './s-cscf-notifications.js';
import type { DueTermination, Subscription } from './subscription.js';
import type { SubscriptionEvent } from './subscription.machine.js';
import type { Subscriptions } from './subscriptions.js';

type Command = 'UAR' | 'MAR' | 'SAR' | 'LIR';

/** The clause of each procedure's checks. */
const clauses: Readonly<Record<Command, string>> = {
  UAR: 'TS 29.228 §6.1.1.1',
  MAR: 'TS 29.228 §6.3.1',
  SAR: 'TS 29.228 §6.1.2.1',
  LIR: 'TS 29.228 §6.1.4.1',
};

export interface CxRequest {
  readonly command: Command;
  /** For explanations. */
  readonly whom: string;
  readonly respond: (reply: Reply) => void;
}

/** An answer, and the RTRs that go before it. */
export interface Decision {
  readonly due: readonly DueTermination[];
  readonly reply: Reply;
}

/** Whom one decision is about. */
export interface Subject extends Pick<ReplySubject, 'subscriber' | 'set' | 'authentication'> {
  readonly subscription: Subscription;
  /** Bits of `cxFeature`; none where absent. */
  readonly features?: number;
}

export class CxExchange {
  constructor(
    readonly chassis: Chassis,
    private readonly subscriptions: Subscriptions,
    private readonly notifications: ScscfNotifications,
  ) {}

  /** `use` within the turn of the subscription that the identities are of; a store that fails is answered here. */
  find(
    request: CxRequest,
    privateIdentity: string | undefined,
    publicIdentities: readonly string[],
    use: (named: NamedIdentities) => void,
  ): void {
    findNamed(this.subscriptions, privateIdentity, publicIdentities, (named, error) => {
      if (error === undefined) use(named);
      else this.fail(request, error);
    });
  }

  /** What the set's machine says; nothing is kept yet. */
  decide({ subscriber, subscription, set, features = 0, authentication }: Subject, event: SubscriptionEvent): Decision {
    let reply: Reply = refusals.unableToComply;
    const due = subscription.decide(set, event, (answer) => {
      reply = replyFor(answer, {
        subscriber,
        set,
        sh: subscription.sh,
        server: set.server ?? subscription.elsewhere(set).server,
        features,
        authentication,
      });
    });
    return { due, reply };
  }

  /** What was decided holds once it is kept: nothing of it leaves before (AKA-24 for SQNs, TS 29.228 §6.1.2.1 for names). */
  settle(request: CxRequest, subscription: Subscription, { due, reply }: Decision): void {
    subscription.commit((error) => {
      if (error !== undefined) {
        this.fail(request, error);
        return;
      }
      this.notifications.terminateAll(due, () => undefined);
      if (isBad(reply)) this.#explain(request, reply);
      request.respond(reply);
    });
  }

  /** Whether it is, and then answered. */
  isUnusable(request: CxRequest, query: MultimediaAuthQuery | ServerAssignmentQuery): boolean {
    const refusal = unusable(query);
    if (refusal !== undefined) this.refuse(request, refusal);
    return refusal !== undefined;
  }

  refuse(request: CxRequest, refusal: Refusal): void {
    this.#explain(request, refusal);
    request.respond(refusal);
  }

  /** Result-Code 5012: the store could not be read or written. */
  fail({ command, whom, respond }: CxRequest, error: string): void {
    this.chassis.explain({
      what: 'cause.storeFailed',
      text: `${command} for ${whom} is refused, and nothing has changed: the store of ${this.chassis.name} failed: ${error} (Result-Code 5012)`,
      clause: clauses[command],
    });
    respond(refusals.unableToComply);
  }

  #explain({ command, whom }: CxRequest, refusal: Refusal): void {
    const { what, meaning } = explain(refusal, command === 'LIR');
    this.chassis.explain({ what, text: `${command} for ${whom} is refused: ${meaning}`, clause: clauses[command] });
  }
}

/** A result code alone is not: what an S-CSCF has lost comes with one (TS 29.228 §6.1.2.1). */
export function isBad(reply: Reply): reply is Reply & Refusal {
  if (reply.restorationInfo !== undefined) return false;
  return reply.kind === 'error' || (reply.kind === 'experimental' && reply.experimentalResultCode >= 3000);
}
