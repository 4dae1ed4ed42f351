/** What faults do to one message. */
import type { Clock, Endpoint, PacketFault } from '../environment/index.js';
import type { SeenMessage } from '../selection/index.js';
import { answerDiameter } from './answer/diameter-answer.js';
import { answerSip } from './answer/sip-answer.js';
import type { Changed, PartlyChanged } from './change/changed.js';
import { corrupt } from './change/corrupt.js';
import { changeDiameter } from './change/diameter-change.js';
import { changeSip } from './change/sip-change.js';
import { Cuts } from './cuts.js';
import type { FaultAction } from './fault.js';
import { messageTitle } from './message-title.js';
import { PacketMarks } from './packet-marks.js';
import type { PlantedFault, StrikeTally } from './planted-fault.js';
import type { DiameterOrigin, Transit } from './transit.js';

/** A message that waits until another one has overtaken it. */
interface Held {
  readonly transit: Transit;
  readonly bytes: Buffer;
  readonly fault: PacketFault;
}

/** A fault at a message that it is to strike. */
interface Strike {
  readonly transit: Transit;
  readonly seen: SeenMessage;
  readonly name: string;
  /** Of the faults of this name. */
  readonly tally: StrikeTally;
}

type ActionOf<TDo extends FaultAction['do']> = Extract<FaultAction, { do: TDo }>;

/** What all nodes of a layer share. */
export class Interception {
  readonly marks: PacketMarks;
  readonly cuts = new Cuts();
  /** In the order in which they were planted, which is that of striking. */
  planted: readonly PlantedFault[] = [];
  readonly #held = new Set<Held>();

  constructor(
    readonly clock: Clock,
    /** Of the node that has the endpoint, else its address. */
    readonly nameOf: (endpoint: Endpoint) => string,
    /** Something is to be looked at that was not before, or not any more. */
    private readonly onChange: () => void,
  ) {
    this.marks = new PacketMarks(clock);
  }

  /** Senders may be answered in place of their receivers. */
  get mayAnswer(): boolean {
    return this.planted.some(({ fault }) => fault.action.do === 'answer');
  }

  get isHolding(): boolean {
    return this.#held.size > 0;
  }

  /** Takes a message over, which then goes its way or not. */
  take(transit: Transit): void {
    let { seen } = transit;
    let fault: PacketFault | undefined;
    for (const [index, planted] of this.planted.entries()) {
      if (!planted.strikes(seen)) continue;
      const { name, action } = planted.fault;
      const strike: Strike = { transit, seen, name, tally: planted.tally };
      if (this.#ends(strike, action)) {
        // The others count it all the same: the second message is the second, whatever became of the first.
        for (const later of this.planted.slice(index + 1)) later.passOver(seen);
        return;
      }
      const changed = changedBy(action, strike);
      if (changed === undefined) continue;
      if ('whyNot' in changed) {
        noteIdle(strike, action.do, changed.whyNot);
        continue;
      }
      fault = { name, effect: 'changed' };
      seen = { ...seen, bytes: noteChanged(strike, action, changed) };
    }
    transit.pass(seen.bytes, fault);
    if (this.#held.size > 0) this.#letOvertaken(seen);
  }

  /** True: the fault decides where the message goes, and no later fault sees it. */
  #ends(strike: Strike, action: FaultAction): boolean {
    const { transit, seen, name } = strike;
    switch (action.do) {
      case 'drop':
        note(strike, 'dropped', 'dropped');
        transit.lose(seen.bytes, { name, effect: 'dropped' });
        return true;
      case 'delay':
        note(strike, 'delayed', 'delayed');
        this.#later(action.byMs, strike, 'delayed');
        return true;
      case 'duplicate':
        note(strike, 'duplicated', 'duplicated');
        transit.pass(seen.bytes, undefined);
        this.#later(action.afterMs, strike, 'duplicated');
        return true;
      case 'reorder':
        note(strike, 'reordered', 'held back');
        this.#hold(action, strike);
        return true;
      case 'answer':
        return this.#answer(action, strike);
      default:
        return false;
    }
  }

  #later(delayMs: number, { transit, seen, name }: Strike, effect: PacketFault['effect']): void {
    const bytes = Buffer.from(seen.bytes); // what arrives may be overwritten by what arrives next
    this.clock.setTimer(delayMs, () => transit.pass(bytes, { name, effect }));
  }

  #hold({ holdMaxMs }: ActionOf<'reorder'>, { transit, seen, name }: Strike): void {
    const held: Held = { transit, bytes: Buffer.from(seen.bytes), fault: { name, effect: 'reordered' } };
    this.#held.add(held);
    this.clock.setTimer(holdMaxMs, () => this.#release(held));
    this.onChange();
  }

  /** The message has overtaken those that wait between the same two nodes. */
  #letOvertaken({ fromNode, toNode }: SeenMessage): void {
    for (const held of this.#held) {
      const { seen } = held.transit;
      if (seen.fromNode === fromNode && seen.toNode === toNode) this.#release(held);
    }
  }

  #release(held: Held): void {
    if (!this.#held.delete(held)) return;
    held.transit.pass(held.bytes, held.fault);
    this.onChange();
  }

  /** False: there is no answer to such a message, and it goes on. */
  #answer(action: ActionOf<'answer'>, strike: Strike): boolean {
    const { transit, seen, name } = strike;
    const answer =
      seen.protocol === 'diameter'
        ? answerDiameter(seen.bytes, transit.receiver ?? assumedOrigin(seen), action)
        : answerSip(seen.bytes, transit.from, action, transit.node.random.bytes(4).toString('hex'));
    if (answer === undefined) {
      noteIdle(strike, 'answer', 'it is no request that can be answered');
      return false;
    }
    note(strike, 'answered', 'answered');
    transit.lose(seen.bytes, { name, effect: 'dropped' });
    // As a network does: never while the sender is still sending.
    this.clock.setTimer(0, () => transit.reply(answer, { name, effect: 'answered' }));
    return true;
  }
}

/** It has struck. Media flow on and on: there the first time says it all. */
function note({ transit, seen, name, tally }: Strike, what: string, did: string, more = ''): void {
  tally.struckCount++;
  if (tally.struckCount > 1 && isMedia(seen)) return;
  transit.node.note(`fault.${what}`, `fault: ${did} ${messageTitle(seen)}${more} (${name})`);
}

/** Returns the octets that go on. */
function noteChanged(strike: Strike, action: FaultAction, changed: Buffer | PartlyChanged): Buffer {
  const missed = Buffer.isBuffer(changed) ? [] : changed.missed;
  if (action.do === 'change') strike.tally.noteFields(action.set, missed, messageTitle(strike.seen));
  const without = missed.length === 0 ? '' : `, but found no ${missed.join(', ')} in it`;
  note(strike, 'changed', action.do === 'corrupt' ? 'corrupted' : `${action.do}d`, without);
  return Buffer.isBuffer(changed) ? changed : changed.bytes;
}

/** It could do nothing. */
function noteIdle({ transit, seen, name, tally }: Strike, action: FaultAction['do'], whyNot: string): void {
  tally.noteIdle(whyNot);
  if (tally.idle!.count > 1 && isMedia(seen)) return;
  transit.node.note('fault.idle', `fault: could not ${action} ${messageTitle(seen)}, ${whyNot} (${name})`);
}

function isMedia({ protocol }: SeenMessage): boolean {
  return protocol === 'rtp' || protocol === 'rtcp';
}

/** Undefined: the action does not change octets. */
function changedBy(action: FaultAction, { seen, transit: { node } }: Strike): Changed | undefined {
  switch (action.do) {
    case 'change':
      return seen.protocol === 'diameter' ? changeDiameter(seen.bytes, action.set) : changeSip(seen.bytes, action.set);
    case 'corrupt':
      return corrupt(seen, action, (bits) => node.random.uint32() % bits);
    case 'replace':
      return action.bytes;
    default:
      return undefined;
  }
}

/** Of a receiver that has not spoken yet on this connection. */
function assumedOrigin({ toNode }: SeenMessage): DiameterOrigin {
  return { originHost: toNode, originRealm: 'invalid' };
}
