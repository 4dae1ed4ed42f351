/** The chassis's SIP proxy core and Diameter endpoint, where what a function does with a message cannot end the node. */
import {
  type AnswerHandler,
  type Command,
  DiameterEndpoint,
  type DiameterEndpointOptions,
  type RequestHandler,
} from '../diameter/index.js';
import {
  type ForwardHandler,
  type ForwardInfo,
  type Forwarding,
  type ForwardTarget,
  ProxyCore,
  type ServerRequest,
  type SipEndpoint,
  type SipRequest,
  type SipResponse,
} from '../sip/index.js';
import type { Guard } from './guard.js';

const unableToComply = 5012;

type Destination = Parameters<DiameterEndpoint['request']>[2];
type CommandTypesOf<TCommand> = TCommand extends Command<infer T> ? T : never;
type AnyTypes = CommandTypesOf<Command>;

export class GuardedDiameter extends DiameterEndpoint {
  /** Own requests that wait for an answer. */
  pendingCount = 0;
  /** When a request of this node's last got no answer, ms; undefined: it always did. */
  lastUnansweredAt: number | undefined;
  readonly #guard: Guard;

  constructor(options: DiameterEndpointOptions, guard: Guard) {
    super(options);
    this.#guard = guard;
  }

  override request<T extends AnyTypes>(
    command: Command<T>,
    avps: T['sentRequest'],
    destination: Destination,
    onAnswer: AnswerHandler<T>,
  ): void {
    // What the answer is good for is what is being worked on now.
    const { inHand } = this.#guard;
    this.pendingCount++;
    super.request(command, avps, destination, (answer) => {
      this.pendingCount--;
      // An error from a node on the way is no answer of the one that was meant.
      if (answer.kind !== 'message' || answer.generic) this.lastUnansweredAt = this.local.environment.clock.now();
      // As Guard.run does it, without a closure for each answer.
      const guard = this.#guard;
      const outer = guard.inHand;
      guard.inHand = inHand;
      try {
        onAnswer(answer);
      } catch (error) {
        guard.survive(error, `the answer to ${command.name}`);
      } finally {
        guard.inHand = outer;
      }
    });
  }

  override onRequest<T extends AnyTypes>(command: Command<T>, handler: RequestHandler<T>): void {
    super.onRequest<T>(command, (request, responder) => {
      const guard = this.#guard;
      const outer = guard.inHand;
      guard.inHand = undefined;
      try {
        handler(request, responder);
      } catch (error) {
        guard.survive(error, `${command.name} request`);
        responder.reject({ resultCode: unableToComply }); // RFC 6733 7.1.5; ignored once it was answered
      } finally {
        guard.inHand = outer;
      }
    });
  }
}

export class GuardedProxy extends ProxyCore {
  readonly #guard: Guard;

  constructor(endpoint: SipEndpoint, guard: Guard) {
    super(endpoint);
    this.#guard = guard;
  }

  override forward(
    server: ServerRequest,
    working: SipRequest,
    targets: readonly ForwardTarget[],
    handler?: ForwardHandler,
  ): Forwarding {
    return super.forward(server, working, targets, handler && new GuardedHandler(handler, this.#guard));
  }
}

class GuardedHandler implements ForwardHandler {
  constructor(
    private readonly inner: ForwardHandler,
    private readonly guard: Guard,
  ) {}

  onResponse(response: SipResponse, info: ForwardInfo): void {
    const { guard } = this;
    const outer = guard.inHand;
    guard.inHand = info.forwarding.server;
    try {
      this.inner.onResponse(response, info);
    } catch (error) {
      guard.survive(error, `${response.status} to ${response.method}`);
      // Its sender has heard 500: nobody else shall go on with it.
      if (!info.forwarding.finished) info.forwarding.cancel();
    } finally {
      guard.inHand = outer;
    }
  }
}
