/** Whether an S-CSCF may have lost what it knew: what it has to say of a registration then, no rule can tell. */
import type { MessageRecord } from '../../environment/index.js';
import type { DiameterOnWire, Seen } from '../rule.js';
import { profileOf } from './profiles.js';

/** Every public identity that is registered with this one, as far as the sender of the message knew it. */
export function identitiesOfSet(identity: string, record: MessageRecord, before: Seen): readonly string[] {
  return [identity, ...(profileOf(identity, record, before)?.publicIdentities.map(({ uri }) => uri) ?? [])];
}

/** A connection of the message's sender to its HSS was made anew since. */
export function hasRestarted(identity: string, record: MessageRecord, before: Seen): boolean {
  return peeringsSince(identity, record, before).some(isMadeAnew);
}

/** The message's sender could reach the HSS: something went over their connection since, and it is the same one. */
export function hadConnection(identity: string, record: MessageRecord, before: Seen): boolean {
  return peeringsSince(identity, record, before).every((messages) => messages.length > 0 && !isMadeAnew(messages));
}

function isMadeAnew(messages: readonly DiameterOnWire[]): boolean {
  return messages.some(({ message }) => message.name === 'CEA');
}

/** What went over each of the connections of the message's sender to its HSS since, besides queries. */
function peeringsSince(identity: string, record: MessageRecord, before: Seen): readonly (readonly DiameterOnWire[])[] {
  const { fromNode: node, time } = record;
  const servers = new Set(
    identitiesOfSet(identity, record, before)
      .flatMap((each) => before.queriesOf(each))
      .flatMap(({ record: { fromNode, toNode } }) =>
        fromNode === node ? [toNode] : toNode === node ? [fromNode] : [],
      ),
  );
  return [...servers].map((hss) => before.peering(node, hss).filter((each) => each.record.time > time));
}
