/** Contacts that a GRUU names. RFC 5627 6.1, TS 24.229 §5.4.7A.4. */
import { type MessageEditor, parseAddress, type SipRequest } from '../../sip/index.js';
import { type Binding, isSameUri } from './bindings.js';
import { calleeOf } from './callee.js';
import { gruuIn, isNamedBy, type TemporaryGruus } from './gruu.js';
import { asRequestUri } from './register-request.js';
import type { UserRegistrations } from './user-registrations.js';

/**
 * Within a dialog, too, the GRUU of the served user becomes the contact that it names (RFC 5627 6.1, TS 24.229 §5.4.7A.4): of several
 * users of an identity that of the one it names, of several flows that over the P-CSCF where the dialog goes.
 */
export function toContact(
  editor: MessageEditor,
  request: SipRequest,
  users: UserRegistrations,
  gruus: TemporaryGruus,
): void {
  if (gruuIn(request.uri) === undefined) return;
  const [binding] = overProxy(calleeOf(users, gruus, request).bindings, request.values('Route')[0]);
  if (binding !== undefined) editor.requestUri(asRequestUri(binding.uri));
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
  return overProxy(named, invite.values('Record-Route')[0]);
}

/** Those whose Path begins with this P-CSCF; all where none does. */
function overProxy(bindings: readonly Binding[], route: string | undefined): readonly Binding[] {
  const proxy = hopOf(route);
  return narrowed(bindings, ({ path }) => proxy !== undefined && hopOf(path[0]) === proxy);
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
