/** `imslab subscribers remove`: all that are named, or none. */
import { canonicalPrivateIdentity } from '../ims/identity/index.js';
import { UsageError } from '../lab/errors.js';
import { EXIT_PASSED } from './exit.js';
import { findSubscription, openPlace, type Place, type PlaceOptions } from './subscribers-place.js';
import { openTerminal } from './terminal.js';

export async function removeSubscribers(identities: readonly string[], options: PlaceOptions): Promise<number> {
  const place = await openPlace(options, 'editor');
  try {
    const removed = new Set<string>();
    for (const identity of identities) removed.add(await privateIdentityOf(place, identity));
    await place.store.remove([...removed]);
    if (options.json === true) console.log(JSON.stringify({ removed: [...removed], store: place.name }));
    else for (const each of removed) openTerminal(false).line(`removed ${each} from ${place.name}`);
    return EXIT_PASSED;
  } finally {
    await place.store.close();
  }
}

/** Of an IMS subscription with several members the one that is named. */
async function privateIdentityOf(place: Place, identity: string): Promise<string> {
  const { members } = await findSubscription(place, identity);
  const named = members.filter(
    ({ imsi, privateIdentity }) => imsi === identity || privateIdentity === canonicalPrivateIdentity(identity),
  );
  const [only, ...others] = named.length > 0 ? named : members;
  if (others.length > 0) {
    const names = members.map(({ privateIdentity }) => privateIdentity).join(', ');
    throw new UsageError(`${identity}: is of several subscribers; name one of ${names}`);
  }
  return only!.privateIdentity;
}
