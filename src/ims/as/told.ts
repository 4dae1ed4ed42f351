/** What the bodies of a third-party REGISTER tell an application server. TS 24.229 §5.4.1.7, §7.6; CALL-81. */
import { bodyParts, decodeUtf8, parseMessage, type SipMessage } from '../../sip/index.js';
import { readXml } from '../reg-event/index.js';

/** As clauses of a sentence: `service info 'mmtel'`, `REGISTER of sip:…`; empty where there is no body. */
export function toldBy(register: SipMessage): readonly string[] {
  return bodyParts(register).map(({ type, body }) => {
    if (type === 'application/3gpp-ims+xml') return serviceInfoIn(decodeUtf8(body));
    if (type === 'message/sip') return messageIn(body);
    return `a body of type ${type}, which it does not know`;
  });
}

/** TS 24.229 §7.6.2: the element's text. */
function serviceInfoIn(xml: string): string {
  const text = readXml(xml)?.child('service-info')?.text.trim();
  return text === undefined ? 'a body application/3gpp-ims+xml without service-info' : `service info '${text}'`;
}

/** The UE's REGISTER, or the S-CSCF's answer to it. */
function messageIn(body: string): string {
  const message = parseMessage(body);
  if (message.kind === 'request') {
    const { method, to, contacts } = message;
    const contact = contacts === '*' ? '*' : contacts[0]?.uri.text;
    return `the ${method} of ${to.uri.text}${contact === undefined ? '' : ` from ${contact}`}`;
  }
  if (message.kind === 'response') return `the ${message.status} to ${message.cseq.method} of ${message.to.uri.text}`;
  return 'a body message/sip that cannot be read';
}
