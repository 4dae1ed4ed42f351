/** Contacts that a GRUU names. RFC 5627 5.4, TS 24.229 §5.4.7A.4. */
import { type MessageEditor, parseAddress, type SipRequest } from '../../sip/index.js';
import { type Binding, isSameUri } from './bindings.js';
import { type Gruu, gruuIn, gruuParameter, type TemporaryGruus } from './gruu.js';
import { withoutHeaders } from './register-request.js';
import type { UserRegistration } from './user-registrations.js';

/** RFC 5627 5.4, TS 24.229 §5.4.7A.4: within a dialog, too, the GRUU of the served user becomes the contact that it names. */
export function toContact(
  editor: MessageEditor,
  { uri }: SipRequest,
  gruus: TemporaryGruus,
  { bindings }: UserRegistration,
): void {
  const gruu = gruuIn(uri);
  if (gruu === undefined) return;
  const binding = bindings.find((each) => isNamedBy(each, gruu, gruus));
  if (binding !== undefined) editor.requestUri(withoutHeaders(binding.uri));
}

/**
 * REG-72: which of its contacts a user calls from: the one that the INVITE names; of flows with one address those over the P-CSCF
 * that it came by. Several where these do not tell them apart, and all where nothing fits.
 */
export function callingContacts(
  invite: SipRequest,
  bindings: readonly Binding[],
  gruus: TemporaryGruus,
): readonly Binding[] {
  if (bindings.length < 2) return bindings;
  const { contacts } = invite;
  const uri = contacts === '*' ? undefined : contacts[0]?.uri;
  const gruu = uri && gruuIn(uri);
  const named = narrowed(bindings, (each) =>
    gruu === undefined ? uri !== undefined && isSameUri(each.uri, uri.text) : isNamedBy(each, gruu, gruus),
  );
  const proxy = hopOf(invite.values('Record-Route')[0]);
  return narrowed(named, ({ path }) => proxy !== undefined && hopOf(path[0]) === proxy);
}

function narrowed(bindings: readonly Binding[], fits: (binding: Binding) => boolean): readonly Binding[] {
  const fitting = bindings.filter(fits);
  return fitting.length > 0 ? fitting : bindings;
}

/** Host and port of a Path or Record-Route value. */
function hopOf(value: string | undefined): string | undefined {
  const uri = value === undefined ? undefined : parseAddress(value)?.uri;
  return uri && `${uri.host}:${uri.port ?? ''}`;
}

export function isNamedBy({ gruuToken, instanceId }: Binding, gruu: Gruu, gruus: TemporaryGruus): boolean {
  if ('temporary' in gruu) return gruuToken !== undefined && gruus.read(gruu.temporary) === gruuToken;
  return instanceId !== undefined && gruuParameter(instanceId) === gruu.gr;
}
