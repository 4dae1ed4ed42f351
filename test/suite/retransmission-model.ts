/**
 * Who sends what again, and when: SIP transactions over UDP as the RFCs have them, on links that lose datagrams. Written from
 * RFC 3261 17, RFC 6026, RFC 3262 3, RFC 4320 and TS 24.229 7.7, and knowing nothing of the nodes: no octets, no addresses,
 * only sendings, arrivals and timers. What an element does with what has come to it stands in registration-model.ts and
 * call-model.ts. Times in seconds.
 *
 * A single hop has a closed form. A request is answered by the copy sent at time t with p = (1 - loss)^2, each copy on its own,
 * so that a client that waits for T hears nothing with (1 - p)^n, n the copies before T: with 20 % loss 0.36^n. Copies of a
 * non-INVITE leave at 0, T1, 3 T1, 7 T1 … and then every T2 (timer E), of an INVITE at 0, T1, 3 T1, 7 T1, 15 T1 … (timer A).
 * Over several hops, each with a clock of its own and each repeating only what it has, there is none that one could read, so
 * chains of hops are drawn at random.
 */

export interface Timers {
  readonly t1: number;
  readonly t2: number;
}

/** Between nodes of the core network, RFC 3261 17.1.1.1; at a UE and towards it, TS 24.229 7.7. */
export const coreTimers: Timers = { t1: 0.5, t2: 4 };
export const ueTimers: Timers = { t1: 2, t2: 16 };

/** 64*T1: timers B, F, H, L, M, and the limits of RFC 3261 9.1, 13.3.1.4 and RFC 3262 3. */
export function lifetime({ t1 }: Timers): number {
  return 64 * t1;
}

export interface Hop {
  readonly timers: Timers;
  /** Probability that a datagram is lost, either way. */
  readonly loss: number;
  readonly delay: number;
}

type Work = () => void;

interface Event {
  readonly due: number;
  work: Work | undefined;
}

/** Things to come, in order of time, and chance. */
export class World {
  now = 0;
  readonly #heap: Event[] = [];

  /** @param random 0 <= x < 1 */
  constructor(private readonly random: () => number) {}

  /** Returns what calls it off. */
  after(delay: number, work: Work): Work {
    const event: Event = { due: this.now + delay, work };
    const heap = this.#heap;
    let index = heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (heap[parent]!.due <= event.due) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = event;
    return () => {
      event.work = undefined;
    };
  }

  carry({ loss, delay }: Hop, arrive: Work): void {
    if (loss === 0 || this.random() >= loss) this.after(delay, arrive);
  }

  /** Until `isOver`, or nothing is left to happen. */
  run(isOver: () => boolean): void {
    while (this.#heap.length > 0 && !isOver()) {
      const { due, work } = this.#pop();
      if (work === undefined) continue;
      this.now = due;
      work();
    }
  }

  #pop(): Event {
    const heap = this.#heap;
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return top;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.due < heap[child]!.due) child += 1;
      if (heap[child]!.due >= last.due) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
    return top;
  }
}

/** Does `work` again after T1, 2 T1, 4 T1 …, at most `cap` apart; for `limit` in all, then `expire`. Returns what stops it. */
export function repeat(
  world: World,
  { t1, cap, limit }: { readonly t1: number; readonly cap: number; readonly limit: number },
  work: Work,
  expire: Work,
): { readonly stop: Work; readonly relax: Work } {
  let interval = t1;
  let cancelNext: Work;
  const arm = (): void => {
    cancelNext = world.after(interval, () => {
      interval = Math.min(2 * interval, cap);
      work();
      arm();
    });
  };
  const cancelLimit = world.after(limit, () => {
    cancelNext();
    expire();
  });
  arm();
  return {
    stop: () => {
      cancelNext();
      cancelLimit();
    },
    // The timer that runs is left alone (RFC 3261 17.1.2.2).
    relax: () => {
      interval = cap;
    },
  };
}

/** Both ends of a non-INVITE transaction on one hop. RFC 3261 17.1.2, 17.2.2; RFC 4320. */
export interface RequestUser {
  /** The request has reached the other end, for the first time. */
  onRequest(request: Request): void;
  onFinal(status: number): void;
  onTimeout(): void;
  /** Any response at all. */
  onHeard?(): void;
}

export class Request {
  readonly #copies: ReturnType<typeof repeat>;
  #isOver = false;
  /** At the server. */
  #isKnown = false;
  #last: number | undefined;

  constructor(
    private readonly world: World,
    private readonly hop: Hop,
    private readonly user: RequestUser,
  ) {
    const { timers } = hop;
    const send = (): void => world.carry(hop, () => this.#arrive());
    const schedule = { t1: timers.t1, cap: timers.t2, limit: lifetime(timers) }; // timers E and F
    this.#copies = repeat(world, schedule, send, () => {
      this.#isOver = true;
      user.onTimeout();
    });
    send();
  }

  /** The server's final response. */
  respond(status: number): void {
    if (this.#last !== undefined && this.#last >= 200) return;
    this.#last = status;
    this.#answer(status);
  }

  /** The client loses interest. */
  abandon(): void {
    this.#isOver = true;
    this.#copies.stop();
  }

  #arrive(): void {
    if (this.#isKnown) {
      if (this.#last !== undefined) this.#answer(this.#last);
      return;
    }
    this.#isKnown = true;
    // RFC 4320 4.1: a 100, but not before the client's timer E has come to T2.
    this.world.after(timeToT2(this.hop.timers), () => {
      if (this.#last === undefined) this.respond(100);
    });
    this.user.onRequest(this);
  }

  #answer(status: number): void {
    this.world.carry(this.hop, () => this.#hear(status));
  }

  #hear(status: number): void {
    if (this.#isOver) return;
    this.user.onHeard?.();
    if (status === 100) {
      this.#copies.relax();
      return;
    }
    this.abandon();
    this.user.onFinal(status);
  }
}

function timeToT2({ t1, t2 }: Timers): number {
  let time = 0;
  for (let interval = t1; interval < t2; interval *= 2) time += interval;
  return time;
}

/** Sends a request along hops between stateful proxies that only pass on. A proxy that hears nothing says nothing (RFC 4320 4.2). */
export function sendAlong(
  world: World,
  path: readonly Hop[],
  end: { onRequest(respond: (status: number) => void): void; onFinal(status: number): void; onTimeout(): void },
): void {
  const [hop, ...rest] = path;
  new Request(world, hop!, {
    onFinal: (status) => end.onFinal(status),
    onTimeout: () => end.onTimeout(),
    onRequest: (request) => {
      const respond = (status: number): void => request.respond(status);
      if (rest.length === 0) end.onRequest(respond);
      else
        sendAlong(world, rest, {
          onRequest: (further) => end.onRequest(further),
          onFinal: respond,
          onTimeout: () => {},
        });
    },
  });
}

/** An ACK for a 2xx crosses each hop once (RFC 3261 16.11). */
export function sendOnce(world: World, [hop, ...rest]: readonly Hop[], arrive: Work): void {
  if (hop === undefined) arrive();
  else world.carry(hop, () => sendOnce(world, rest, arrive));
}

/** What an INVITE brings about at either end of a hop. */
export interface InviteUser {
  /** At the server, once. */
  onInvite(invite: Invite): void;
  /** At the server: CANCEL before a final response. */
  onCancel(): void;
  /** At the client; any number of times. 100 comes too. */
  onProvisional(what: Provisional): void;
  onSuccess(): void;
  onFailure(status: number): void;
  /** At the client: timer B, or no final response 64*T1 after a CANCEL (RFC 3261 9.1). */
  onTimeout(): void;
}

export type Provisional = 'trying' | 'progress' | 'ringing';
type Answer = Provisional | 'success' | number;

/** Both ends of an INVITE transaction on one hop. RFC 3261 17.1.1, 17.2.1, 9; RFC 6026 7. */
export class Invite {
  readonly #copies: ReturnType<typeof repeat>;
  #client: 'calling' | 'proceeding' | 'accepted' | 'completed' | 'terminated' = 'calling';
  #isCancelWanted = false;
  /** At the server. */
  #isKnown = false;
  #isCancelled = false;
  #last: Answer | undefined;
  #stopRepeating: Work | undefined;

  constructor(
    private readonly world: World,
    private readonly hop: Hop,
    private readonly user: InviteUser,
  ) {
    const { timers } = hop;
    const send = (): void => world.carry(hop, () => this.#arrive());
    // Timers A, which has no cap, and B.
    const schedule = { t1: timers.t1, cap: Number.POSITIVE_INFINITY, limit: lifetime(timers) };
    this.#copies = repeat(world, schedule, send, () => this.#expire());
    send();
  }

  // -- at the server

  get isAnswered(): boolean {
    return this.#last === 'success' || typeof this.#last === 'number';
  }

  provisional(what: Provisional): void {
    if (this.isAnswered) return;
    this.#last = what;
    this.#answer(what);
  }

  /** Each time that the element passes one on, or repeats its own. */
  success(): void {
    if (typeof this.#last !== 'number') this.#last = 'success';
    this.#answer('success');
  }

  failure(status: number): void {
    if (this.isAnswered) return;
    this.#last = status;
    this.#answer(status);
    const { t1, t2 } = this.hop.timers;
    const again = (): void => this.#answer(status);
    const { stop } = repeat(this.world, { t1, cap: t2, limit: 64 * t1 }, again, () => {}); // timers G and H
    this.#stopRepeating = stop;
  }

  // -- at the client

  /** SIP-36 / RFC 3261 9.1: not before a provisional response, and not after a final one. */
  cancel(): void {
    if (this.#client === 'calling') this.#isCancelWanted = true;
    else if (this.#client === 'proceeding' && !this.#isCancelWanted) this.#sendCancel();
  }

  /** The client loses interest. */
  abandon(): void {
    this.#copies.stop();
    this.#client = 'terminated';
  }

  #sendCancel(): void {
    this.#isCancelWanted = true;
    new Request(this.world, this.hop, {
      onRequest: (request) => {
        request.respond(200);
        if (this.isAnswered || this.#isCancelled) return;
        this.#isCancelled = true;
        this.user.onCancel();
      },
      onFinal: () => {},
      onTimeout: () => {},
    });
    this.world.after(lifetime(this.hop.timers), () => {
      if (this.#client === 'proceeding') this.#expire();
    });
  }

  #expire(): void {
    this.#client = 'terminated';
    this.user.onTimeout();
  }

  #arrive(): void {
    if (!this.#isKnown) {
      this.#isKnown = true;
      this.user.onInvite(this);
    } else if (this.#last !== undefined && this.#last !== 'success') this.#answer(this.#last);
  }

  #answer(answer: Answer): void {
    this.world.carry(this.hop, () => this.#hear(answer));
  }

  #hear(answer: Answer): void {
    const { user } = this;
    if (typeof answer === 'number') this.#hearFailure(answer);
    else if (answer === 'success') this.#hearSuccess();
    else if (this.#client === 'calling') {
      this.#copies.stop();
      this.#client = 'proceeding';
      user.onProvisional(answer);
      if (this.#isCancelWanted) this.#sendCancel();
    } else if (this.#client === 'proceeding') user.onProvisional(answer);
  }

  #hearSuccess(): void {
    if (this.#client === 'calling' || this.#client === 'proceeding') {
      this.#copies.stop();
      this.#client = 'accepted';
      // Timer M: until then every one of them is passed on (RFC 6026 7.2).
      this.world.after(lifetime(this.hop.timers), () => {
        this.#client = 'terminated';
      });
    }
    if (this.#client === 'accepted') this.user.onSuccess();
  }

  #hearFailure(status: number): void {
    if (this.#client === 'accepted' || this.#client === 'terminated') return;
    const isFirst = this.#client !== 'completed';
    this.#copies.stop();
    this.#client = 'completed';
    this.world.carry(this.hop, () => this.#stopRepeating?.()); // ACK, once for each
    if (isFirst) this.user.onFailure(status);
  }
}
