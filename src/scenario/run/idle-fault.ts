/** A fault that met nothing, or could do nothing to what it met, proves nothing: the scenario that planted it fails. */
import type { PacketFault } from '../../environment/index.js';
import { times } from './describe-step.js';
import { wantedOf } from './expect-message.js';
import type { Failure } from './failure.js';
import type { LoggedMessage } from './message-log.js';
import type { PlantedFault } from './planted-faults.js';
import type { Stage } from './stage.js';

const PARTLY = 'met only some of its fields';

/** Of the first fault that never struck, or missed a field; undefined where each has done all that it was to. */
export function idleFault(stage: Stage): Failure | undefined {
  const planted = stage.faults.firstIdle();
  if (planted === undefined) return undefined;
  const { fault, since, time, cleared } = planted;
  const { name, pattern, nth, action } = fault;
  const wanted = wantedOf(pattern, since);
  if ('subject' in wanted) return wanted;
  const expected = [
    `${wanted.pattern.describe()}${nth === 'every' ? '' : `, the ${nth.map(ordinal).join(', ')} of them`}`,
    `in force from ${stage.seconds(time)} s${cleared === undefined ? '' : ' until it was cleared'}`,
  ];
  const nodes = [...(pattern.from ?? []), ...(pattern.to ?? [])];
  const met = metBy(planted, stage).filter(({ record }) => wanted.pattern.matches(record));
  const idle = stage.faults.idle(planted);
  if (idle !== undefined) {
    const did = idle.missed === undefined ? `could not ${action.do} ${pattern.message ?? 'the message'}` : PARTLY;
    const subject = `the fault '${name}' ${did}`;
    const often = idle.count === 1 ? '' : ` (${times(idle.count)})`;
    return { subject: subject + often, reason: idle.why, isPlain: true, expected, met, nodes };
  }
  const subject = `the fault '${name}' met no message`;
  if (met.length === 0) return { subject, reason: '', expected, wanted, nodes };
  return { subject, reason: whyMissed(planted, met), isPlain: true, expected, met, nodes };
}

/** What passed while it was in force, but for what faults themselves have sent. */
function metBy({ since, cleared }: PlantedFault, { observer: { messages } }: Stage): readonly LoggedMessage[] {
  const until = cleared?.until ?? messages.end;
  return messages.since(since).filter(({ position, record: { fault } }) => {
    const effect = injected(fault)?.effect;
    return position < until && effect !== 'answered' && effect !== 'duplicated' && effect !== 'injected';
  });
}

/** Messages came, and it struck none: they were too few, or another fault had taken the one that it was to strike. */
function whyMissed({ fault: { name, pattern, nth } }: PlantedFault, met: readonly LoggedMessage[]): string {
  const first = nth === 'every' ? 1 : Math.min(...nth);
  const count = met.reduce((sum, message) => sum + message.count, 0);
  const one = pattern.message ?? 'message';
  if (count < first) return `only ${count} of the ${first} ${plural(one)} came`;
  const takers = [met[first - 1], ...met].map((each) => injected(each?.record.fault)?.name);
  const taker = takers.find((each) => each !== undefined && each !== name);
  if (taker === undefined) return `${count} ${plural(one)} came, and it struck none of them`;
  return `its ${nth === 'every' ? one : `${ordinal(first)} ${one}`} had already been taken by the fault '${taker}'`;
}

/** What a fault did to the message; that its link lost it is none's doing. */
function injected(fault: PacketFault | undefined): PacketFault | undefined {
  return fault?.effect === 'lost' ? fault.injected : fault;
}

function plural(message: string): string {
  return /^[A-Za-z]+$/.test(message) ? `${message}s` : `messages '${message}'`;
}

function ordinal(number: number): string {
  const teen = number % 100 > 10 && number % 100 < 14;
  return `${number}${(teen ? undefined : ['th', 'st', 'nd', 'rd'][number % 10]) ?? 'th'}`;
}
