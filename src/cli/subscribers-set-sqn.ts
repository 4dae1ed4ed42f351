/** `imslab subscribers set-sqn` */

import { canonicalPrivateIdentity } from '../ims/identity/index.js';
import type { Subscriber } from '../ims/subscription/subscriber.js';
import { UsageError } from '../lab/errors.js';
import { EXIT_PASSED } from './exit.js';
import { findSubscription, openPlace, type PlaceOptions } from './subscribers-place.js';
import { openTerminal } from './terminal.js';

export async function setSqn(identity: string, text: string, options: PlaceOptions): Promise<number> {
  const sqn = readSqn(text);
  const place = await openPlace(options, 'editor');
  try {
    const { members } = await findSubscription(place, identity);
    const cards = members.filter(({ authentication }) => authentication.aka !== undefined);
    const named = cards.filter(
      ({ imsi, privateIdentity }) => imsi === identity || privateIdentity === canonicalPrivateIdentity(identity),
    );
    const [card, ...others] = named.length > 0 ? named : cards;
    if (card === undefined) throw new UsageError(`${identity}: has no keys for AKA, and so no sequence number`);
    if (others.length > 0) {
      const names = cards.map(({ privateIdentity }) => privateIdentity).join(', ');
      throw new UsageError(`${identity}: is of several cards; name one of ${names}`);
    }
    // A store begins to count anew where the data has another number than before: so it does for the same one too.
    await place.store.put([withSqn(card, sqn ^ 1n), withSqn(card, sqn)]);
    if (options.json === true) console.log(JSON.stringify({ privateIdentity: card.privateIdentity, sqn: text }));
    else openTerminal(false).line(`the next vector of ${card.privateIdentity} follows SQN 0x${sqn.toString(16)}`);
    return EXIT_PASSED;
  } finally {
    await place.store.close();
  }
}

function readSqn(text: string): bigint {
  const sqn = /^(0x[0-9a-f]{1,12}|\d{1,15})$/i.test(text) ? BigInt(text) : undefined;
  if (sqn === undefined || sqn >= 1n << 48n) {
    throw new UsageError(`${text}: is no 48-bit sequence number; write it decimal, or hexadecimal like 0x100000000020`);
  }
  return sqn;
}

function withSqn(subscriber: Subscriber, sqn: bigint): Subscriber {
  const aka = subscriber.authentication.aka!;
  return {
    ...subscriber,
    authentication: { ...subscriber.authentication, aka: { ...aka, sqn } },
  };
}
