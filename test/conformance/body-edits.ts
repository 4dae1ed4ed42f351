/** Recorded messages with another body, or another text. */
import type { MessageRecord } from '../../src/environment/index.js';

/** Replaces the first match in the body and counts its octets anew. */
export function body(search: string | RegExp, replacement: string): (record: MessageRecord) => Partial<MessageRecord> {
  return ({ bytes }) => {
    const text = bytes.toString('latin1');
    const at = text.indexOf('\r\n\r\n');
    const changed = text.slice(at + 4).replace(search, replacement);
    if (changed === text.slice(at + 4)) throw new Error(`there is no ${search} in the body`);
    const head = text.slice(0, at).replace(/Content-Length: \d+/, `Content-Length: ${changed.length}`);
    return { bytes: Buffer.from(`${head}\r\n\r\n${changed}`, 'latin1') };
  };
}

/** Other octets of the same number, all of them: for the documents in Diameter messages. */
export function octets(search: string, replacement: string): (record: MessageRecord) => Partial<MessageRecord> {
  return ({ bytes }) => {
    const text = bytes.toString('latin1');
    if (search.length !== replacement.length || !text.includes(search)) throw new Error(`there is no ${search}`);
    return { bytes: Buffer.from(text.replaceAll(search, replacement), 'latin1') };
  };
}

/** Replaces the first match anywhere in the message: what it says of its length stays. */
export function text(search: RegExp | string, replacement: string): (record: MessageRecord) => Partial<MessageRecord> {
  return ({ bytes }) => ({ bytes: Buffer.from(bytes.toString('latin1').replace(search, replacement), 'latin1') });
}
