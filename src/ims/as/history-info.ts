/** Diversions, as requests tell of them: History-Info (RFC 7044), causes of RFC 4458; TS 24.604 4.5.2.6.2.2. */
import type { MessageEditor, SipRequest } from '../../sip/index.js';

/** RFC 4458 2.1. */
export const diversionCauses = { always: 302, busy: 486 } as const;

/** The entries of the one who was called and of whom the request goes to now; those that stand there already stay. */
export function addDiversion(editor: MessageEditor, request: SipRequest, target: string, cause: number): void {
  const entries = request.values('History-Info');
  const last = entries.at(-1);
  const index = (last === undefined ? undefined : /;\s*index=([\d.]+)/i.exec(last)?.[1]) ?? '1';
  if (last === undefined) editor.append('History-Info', `<${request.requestUri}>;index=1`);
  // RFC 7044 5: `mp` names the entry whose user has changed.
  editor.append('History-Info', `<${target};cause=${cause}>;index=${index}.1;mp=${index}`);
}
