/** Contacts that a GRUU names. RFC 5627 5.4, TS 24.229 §5.4.7A.4. */
import type { MessageEditor, SipRequest } from '../../sip/index.js';
import type { Binding } from './bindings.js';
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

export function isNamedBy({ gruuToken, instanceId }: Binding, gruu: Gruu, gruus: TemporaryGruus): boolean {
  if ('temporary' in gruu) return gruuToken !== undefined && gruus.read(gruu.temporary) === gruuToken;
  return instanceId !== undefined && gruuParameter(instanceId) === gruu.gr;
}
