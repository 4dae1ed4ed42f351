/**
 * A call under loss: VoLTE set-up with preconditions (RFC 3312), 183 and 180 sent reliably (RFC 3262), 200, ACK, BYE, over UDP.
 *
 *     caller - P-CSCF - S-CSCF - I-CSCF - S-CSCF - P-CSCF - callee       INVITE and its responses, six hops
 *     caller - P-CSCF - S-CSCF (both legs in one node) - P-CSCF - callee  in the dialog: four hops, and one that loses nothing
 *
 * What decides: responses to INVITE below 300 are repeated by the callee alone, at 0, 2, 6, 14, 30 … s, and cross all six hops
 * with 0.8^6 = 0.26. With seven copies of the 183 in 128 s that is (1 - 0.26)^7 = 0.12 of the calls; of the 200, in the 30 s
 * that a caller lets it ring, there are four or five (0.22 to 0.30). Requests and refusals are repeated on each hop: a
 * chain of four fails when the hop to the callee (copies at 0, 2, 6, 14, 30 s) is not done while the one before it waits (32 s).
 *
 * Timer C (181 s) never comes first: the caller gives up after 180 s.
 */
import {
  coreTimers,
  type Hop,
  Invite,
  type InviteUser,
  lifetime,
  repeat,
  sendAlong,
  sendOnce,
  ueTimers,
  World,
} from './retransmission-model.js';

export type CallEnd =
  | 'talked'
  /** Timer B of the caller. */
  | 'proxySilent'
  /** 504 or 408 of the proxy whose timer B has expired. */
  | 'nextHopSilent'
  /** 504: the I-CSCF has heard nothing of the S-CSCF for 5 s (decision 0005). */
  | 'servingNodeSilent'
  /** 504 of the callee: no PRACK for its 183 in 64*T1 (RFC 3262 3). */
  | 'progressUnacknowledged'
  /** 580 of the callee: the caller has not confirmed its resources in 150 s. */
  | 'resourcesUnconfirmed'
  /** Timer F of the caller. */
  | 'prackUnanswered'
  | 'updateUnanswered'
  | 'byeUnanswered'
  /** The caller has let it ring for 30 s. */
  | 'ringingTooLong'
  /** The caller has heard nothing of ringing for 180 s. */
  | 'setupTooLong';

const serverPatience = 5;
/** The profile of the UEs, and how long their users wait. */
const bearerSetup = 0.05;
const ringing = 0.5;
const talking = 2;
const answerPatience = 30;
const setupPatience = 180;
const resourcePatience = 150;

export function drawCall(loss: number, random: () => number): CallEnd {
  const call = new CallModel(loss, random);
  return call.run();
}

class CallModel {
  readonly #world: World;
  readonly #way: readonly Hop[];
  readonly #dialogWay: readonly Hop[];
  #end: CallEnd | undefined;
  /** Why a refusal is on its way. */
  #refusal: CallEnd | undefined;

  // The caller.
  #invite: Invite | undefined;
  #caller: 'setup' | 'ringing' | 'cancelling' | 'talking' = 'setup';
  #hasProgress = false;
  #isPracked = false;
  #hasBearer = false;
  #hasRung = false;

  // The callee.
  #server: Invite | undefined;
  #isReady = false;
  #prackCame = false;
  #updateCame = false;
  #stopRepeating: () => void = () => {};
  #isReleased = false;

  constructor(loss: number, random: () => number) {
    this.#world = new World(random);
    const access: Hop = { timers: ueTimers, loss, delay: 0.02 };
    const core: Hop = { timers: coreTimers, loss, delay: 0.001 };
    const within: Hop = { timers: coreTimers, loss: 0, delay: 0.001 };
    this.#way = [access, core, core, core, core, access];
    this.#dialogWay = [access, core, within, core, access];
  }

  run(): CallEnd {
    this.#invite = this.#forward(0, {
      onProvisional: (what) => this.#onProvisional(what),
      onSuccess: () => this.#onAnswer(),
      onFailure: () => this.#finish(this.#refusal!),
      onTimeout: () => this.#finish('proxySilent'),
    });
    this.#world.after(setupPatience, () => this.#giveUp('setupTooLong'));
    this.#world.run(() => this.#end !== undefined);
    return this.#end!;
  }

  // -- proxies

  /** The INVITE on the hop of that number; the proxy at its other end, or the callee, takes it from there. */
  #forward(index: number, client: Pick<InviteUser, 'onProvisional' | 'onSuccess' | 'onFailure' | 'onTimeout'>): Invite {
    let next: Invite | undefined;
    const isLast = index === this.#way.length - 1;
    return new Invite(this.#world, this.#way[index]!, {
      ...client,
      onCancel: () => {
        if (isLast) this.#onCancel();
        else next?.cancel();
      },
      onInvite: (server) => {
        if (isLast) this.#onInvite(server);
        else {
          server.provisional('trying');
          next = index === 2 ? this.#askServer(server) : this.#pass(index + 1, server);
        }
      },
    });
  }

  #pass(index: number, server: Invite, onHeard: () => void = () => {}): Invite {
    return this.#forward(index, {
      onProvisional: (what) => {
        onHeard();
        if (what !== 'trying') server.provisional(what);
      },
      onSuccess: () => server.success(),
      onFailure: (status) => server.failure(status),
      onTimeout: () => {
        this.#refusal ??= 'nextHopSilent';
        server.failure(504);
      },
    });
  }

  /** The I-CSCF. */
  #askServer(server: Invite): Invite {
    const invite = this.#pass(3, server, () => cancel());
    const cancel = this.#world.after(serverPatience, () => {
      invite.abandon();
      this.#refusal ??= 'servingNodeSilent';
      server.failure(504);
    });
    return invite;
  }

  // -- the caller

  #onProvisional(what: 'trying' | 'progress' | 'ringing'): void {
    if (this.#caller === 'cancelling' || this.#caller === 'talking') return;
    if (what === 'progress' && !this.#hasProgress) {
      this.#hasProgress = true;
      this.#request(
        () => this.#onPrack(),
        'prackUnanswered',
        () => {
          this.#isPracked = true;
          this.#confirm();
        },
      );
      this.#world.after(bearerSetup, () => {
        this.#hasBearer = true;
        this.#confirm();
      });
    } else if (what === 'ringing' && !this.#hasRung) {
      this.#hasRung = true;
      this.#caller = 'ringing';
      this.#world.after(answerPatience, () => this.#giveUp('ringingTooLong'));
    }
  }

  #confirm(): void {
    if (!this.#isPracked || !this.#hasBearer || this.#caller !== 'setup') return;
    this.#request(
      () => this.#onUpdate(),
      'updateUnanswered',
      () => {},
    );
  }

  #onAnswer(): void {
    if (this.#caller === 'cancelling') return;
    sendOnce(this.#world, this.#dialogWay, () => this.#stopRepeating()); // an ACK for each
    if (this.#caller === 'talking') return;
    this.#caller = 'talking';
    this.#world.after(talking, () => {
      sendAlong(this.#world, this.#dialogWay, {
        onRequest: (respond) => {
          this.#isReleased = true;
          this.#stopRepeating();
          respond(200);
        },
        onFinal: () => this.#finish('talked'),
        onTimeout: () => this.#finish('byeUnanswered'),
      });
    });
  }

  /** PRACK or UPDATE: the set-up depends on it. */
  #request(arrive: () => void, failure: CallEnd, onAnswered: () => void): void {
    sendAlong(this.#world, this.#dialogWay, {
      onRequest: (respond) => {
        respond(200);
        arrive();
      },
      onFinal: onAnswered,
      onTimeout: () => this.#giveUp(failure),
    });
  }

  /** It cancels, and is not moved any more by what comes. */
  #giveUp(why: CallEnd): void {
    if (this.#caller === 'cancelling' || this.#caller === 'talking') return;
    this.#caller = 'cancelling';
    this.#invite!.cancel();
    this.#finish(why);
  }

  #finish(end: CallEnd): void {
    this.#end ??= end;
  }

  // -- the callee

  #onInvite(server: Invite): void {
    this.#server = server;
    this.#repeatProvisional('progress', () => this.#refuse(504, 'progressUnacknowledged'));
    this.#world.after(bearerSetup, () => {
      this.#isReady = true;
      this.#ring();
    });
    this.#world.after(resourcePatience, () => {
      if (!this.#hasCalleeRung) this.#refuse(580, 'resourcesUnconfirmed');
    });
  }

  #onPrack(): void {
    if (this.#prackCame) return;
    this.#prackCame = true;
    this.#stopRepeating();
    this.#ring();
  }

  #onUpdate(): void {
    this.#updateCame = true;
    this.#ring();
  }

  #hasCalleeRung = false;

  /** RFC 3312 5: with the resources of both. */
  #ring(): void {
    if (!this.#isReady || !this.#prackCame || !this.#updateCame || this.#hasCalleeRung) return;
    if (this.#server!.isAnswered) return;
    this.#hasCalleeRung = true;
    // That of the 180 has no description, so that the 200 need not wait for its PRACK (RFC 3262 3).
    this.#repeatProvisional('ringing', () => {});
    this.#world.after(ringing, () => this.#accept());
  }

  #accept(): void {
    const server = this.#server!;
    if (server.isAnswered || this.#isReleased) return;
    this.#stopRepeating();
    const { t1, t2 } = ueTimers;
    const send = (): void => server.success();
    send();
    // RFC 3261 13.3.1.4.
    this.#stopRepeating = repeat(this.#world, { t1, cap: t2, limit: lifetime(ueTimers) }, send, () => {}).stop;
  }

  /** RFC 3262 3: T1 doubling without a cap, until PRACK. */
  #repeatProvisional(what: 'progress' | 'ringing', expire: () => void): void {
    const server = this.#server!;
    const send = (): void => server.provisional(what);
    send();
    const schedule = { t1: ueTimers.t1, cap: Number.POSITIVE_INFINITY, limit: lifetime(ueTimers) };
    this.#stopRepeating = repeat(this.#world, schedule, send, expire).stop;
  }

  #refuse(status: number, why: CallEnd): void {
    if (this.#server!.isAnswered) return;
    this.#refusal ??= why;
    this.#stopRepeating();
    this.#server!.failure(status);
  }

  #onCancel(): void {
    this.#stopRepeating();
    this.#server!.failure(487);
  }
}
