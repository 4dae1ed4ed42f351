/**
 * Cuts one direction of a stream into SIP messages (RFC 3261 18.3: Content-Length) and Diameter messages (RFC 6733 3:
 * the length in the header). A foreign peer's pieces come in any size.
 */

/** What is longer is no message that imslab speaks; also bounds what a peer can make the trace hold. */
const MESSAGE_MAX = 1 << 20;
const SIP_HEADERS_MAX = 1 << 16;
const CR = 13;
const LF = 10;

export class StreamFramer {
  #pending: Buffer = Buffer.alloc(0);

  /** Whole messages in order, as views of `piece` or of what came before it. Octets that begin no message come out as one piece. */
  push(piece: Buffer): Buffer[] {
    let rest = this.#pending.length === 0 ? piece : Buffer.concat([this.#pending, piece]);
    const messages: Buffer[] = [];
    while (rest.length > 0) {
      const length = frameLength(rest);
      if (length === undefined || length > rest.length) break;
      messages.push(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
    this.#pending = rest.length === 0 ? rest : Buffer.from(rest);
    return messages;
  }

  /** What has begun and not ended. */
  rest(): Buffer {
    return this.#pending;
  }
}

/** The length of the message at the start of `bytes`; undefined while that cannot be told. */
function frameLength(bytes: Buffer): number | undefined {
  const first = bytes[0]!;
  if (first === CR || first === LF) return lineEndsLength(bytes);
  if (first === 1) {
    if (bytes.length < 4) return undefined;
    const length = bytes.readUIntBE(1, 3);
    return length < 20 || length > MESSAGE_MAX ? bytes.length : length;
  }
  return first >= 0x41 && first <= 0x7a ? sipLength(bytes) : bytes.length;
}

/** A keep-alive (RFC 5626 3.5.1) or empty lines before a start line. */
function lineEndsLength(bytes: Buffer): number {
  let length = 0;
  while (bytes[length] === CR || bytes[length] === LF) length += 1;
  return length;
}

function sipLength(bytes: Buffer): number | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return bytes.length > SIP_HEADERS_MAX ? bytes.length : undefined;
  const content = contentLength(bytes.toString('latin1', 0, end + 2));
  return content > MESSAGE_MAX ? bytes.length : end + 4 + content;
}

/** 0 where the header is absent or no number. */
function contentLength(head: string): number {
  const match = /\r\n(?:content-length|l)[ \t]*:[ \t]*(\d{1,9})[ \t]*\r\n/i.exec(head);
  return match === null ? 0 : Number(match[1]);
}
