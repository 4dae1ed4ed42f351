/** A fault that met nothing proves nothing: the scenario that planted it fails. */
import { wantedOf } from './expect-message.js';
import type { Failure } from './failure.js';
import type { PlantedFault } from './planted-faults.js';
import type { Stage } from './stage.js';

/** Of the first fault that never struck; undefined where each has. */
export function idleFault(stage: Stage): Failure | undefined {
  const idle = stage.faults.idle();
  if (idle === undefined) return undefined;
  const { fault, since, time } = idle;
  const subject = `the fault '${fault.name}' met no message`;
  const wanted = wantedOf(fault.pattern, since);
  if ('subject' in wanted) return wanted;
  const expected = [
    `${wanted.pattern.describe()}${whichText(idle)}`,
    `in force from ${stage.seconds(time)} s${idle.cleared === undefined ? '' : ' until it was cleared'}`,
  ];
  const met = stage.observer.messages.since(since).filter(({ record }) => wanted.pattern.matches(record));
  const nodes = [...(fault.pattern.from ?? []), ...(fault.pattern.to ?? [])];
  if (met.length === 0) return { subject, reason: '', expected, wanted, nodes };
  const reason = `of the messages that it was to strike${whichText(idle)} only ${met.length} came`;
  return { subject, reason, isPlain: true, expected, met, nodes };
}

/** `, the 2nd of them` */
function whichText({ fault: { nth } }: PlantedFault): string {
  return nth === 'every' ? '' : `, the ${nth.map(ordinal).join(', ')} of them`;
}

function ordinal(number: number): string {
  const teen = number % 100 > 10 && number % 100 < 14;
  return `${number}${(teen ? undefined : ['th', 'st', 'nd', 'rd'][number % 10]) ?? 'th'}`;
}
