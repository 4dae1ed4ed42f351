/** MAR: authentication vectors, and the S-CSCF that asks for them (TS 29.228 §6.3). */
import type {
  DiameterRequester,
  DiameterRespond,
  MultimediaAuthInfo,
  MultimediaAuthQuery,
} from '../../diameter/index.js';
import type { AskingServers } from './asking-servers.js';
import { authenticationItems, chosenScheme } from './authentication-items.js';
import type { CxExchange, CxRequest, Subject } from './cx-exchange.js';
import type { Reply } from './cx-replies.js';
import { refusals } from './refusals.js';
import { inCanonicalForm, isRefusal, match } from './request-checks.js';
import { isExhausted, resynchronise } from './resynchronisation.js';
import { mayServe, type SubscriptionEvent } from './subscription.machine.js';

export class MultimediaAuth {
  constructor(
    private readonly exchange: CxExchange,
    private readonly servers: AskingServers,
  ) {}

  answer(received: MultimediaAuthQuery & DiameterRequester, respond: DiameterRespond<MultimediaAuthInfo>): void {
    const query = inCanonicalForm(received);
    const { userName, publicIdentity, sipAuthDataItem, sipNumberAuthItems } = query;
    const request: CxRequest = { command: 'MAR', whom: `${userName} with ${publicIdentity}`, respond };
    if (this.exchange.isUnusable(request, query)) return;
    this.exchange.find(request, userName, [publicIdentity], (identities) => {
      const found = match(identities, userName, publicIdentity);
      if (isRefusal(found)) {
        this.exchange.refuse(request, found);
        return;
      }
      const { subscriber, subscription } = found;
      const scheme = chosenScheme(sipAuthDataItem.sipAuthenticationScheme ?? '', subscriber.authentication);
      if (scheme === undefined) {
        this.exchange.refuse(request, refusals.authSchemeNotSupported);
        return;
      }
      const set = subscription.setOf(found.identity);
      const aka = scheme.kind === 'aka';
      if (aka && !this.#hasVector(request, { subscriber, subscription, set }, query)) return;
      const authentication = (): Reply => {
        const centre = subscription.authenticationCentre(subscriber);
        const items = authenticationItems(scheme, subscriber.authentication, centre, sipNumberAuthItems);
        return { kind: 'success', resultCode: 2001, userName, publicIdentity, ...items };
      };
      const event: SubscriptionEvent = {
        type: 'cx.mar',
        server: this.servers.of(query),
        // What is kept is the subscriber's own text, not one of each request.
        privateIdentity: subscriber.privateIdentity,
        aka,
      };
      const { due, reply } = this.exchange.decide({ subscriber, subscription, set, authentication }, event);
      const named = reply.kind === 'success' ? reply : { ...reply, userName, publicIdentity };
      this.exchange.settle(request, subscription, { due, reply: named });
    });
  }

  /** False, with an answer: AUTS of a S-CSCF that does not serve the user or from another card, no SQN left. */
  #hasVector(
    request: CxRequest,
    { subscriber, subscription, set }: Subject,
    { sipAuthDataItem, serverName }: MultimediaAuthQuery,
  ): boolean {
    const { sipAuthorization } = sipAuthDataItem;
    // TS 29.228 §6.3.1, §8.1: a resynchronisation takes a user from no other S-CSCF.
    if (sipAuthorization !== undefined && !mayServe(set.context, subscription.elsewhere(set), serverName)) {
      this.exchange.refuse(request, refusals.unableToComply);
      return false;
    }
    const centre = subscription.authenticationCentre(subscriber)!;
    const isThere =
      (sipAuthorization === undefined || resynchronise(this.exchange.chassis, subscriber, centre, sipAuthorization)) &&
      !isExhausted(this.exchange.chassis, subscriber, centre);
    // The counter may have taken over what the card says, and yet be at its end.
    if (!isThere) {
      subscription.commit((error) => {
        if (error === undefined) request.respond(refusals.unableToComply);
        else this.exchange.fail(request, error);
      });
    }
    return isThere;
  }
}
