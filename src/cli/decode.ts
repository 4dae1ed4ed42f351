/** `imslab decode`: one message, field by field. */
import { readFileSync } from 'node:fs';
import { UsageError } from '../lab/errors.js';
import { parseMessage, type SipMessage } from '../sip/message/index.js';
import { diameterLines } from '../trace/index.js';
import { EXIT_FAILED, EXIT_PASSED } from './exit.js';

/** @returns 1 when the message is malformed */
export async function decode(file: string): Promise<number> {
  const bytes = fromHex(read(file));
  if (bytes.length === 0)
    throw new UsageError(`${file === '-' ? 'stdin' : file}: is empty; give one SIP or Diameter message`);
  // RFC 6733 3: a Diameter message starts with its version, 1, which no text does.
  if (bytes[0] === 1) {
    const { lines, malformed } = diameterLines(bytes);
    for (const line of lines) console.log(line);
    return malformed ? EXIT_FAILED : EXIT_PASSED;
  }
  const message = parseMessage(withLineEnds(bytes));
  if (message.kind === 'error') {
    console.log(
      message.offset === 0
        ? `neither SIP nor Diameter: no start line at octet 0 (${message.rule}), and no version 1 there (RFC 6733 3)`
        : `no well-formed SIP message: ${message.reason}, at octet ${message.offset} (${message.rule})`,
    );
    if (message.status !== undefined) console.log(`a server answers ${message.status}`);
    return EXIT_FAILED;
  }
  for (const line of sipLines(message)) console.log(line);
  return EXIT_PASSED;
}

function read(file: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    throw new UsageError(
      `${file}: cannot be read (${(error as NodeJS.ErrnoException).code}); give a file, or - for stdin`,
    );
  }
}

/** Hexadecimal digits, with or without blanks, are taken as the octets that they mean. */
function fromHex(bytes: Buffer): Buffer {
  const digits = bytes.toString('latin1').replace(/\s+/g, '');
  const isHex = digits.length > 0 && digits.length % 2 === 0 && /^[0-9a-fA-F]+$/.test(digits);
  return isHex ? Buffer.from(digits, 'hex') : bytes;
}

/** A message pasted by hand lacks the empty line at its end. */
function withLineEnds(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1');
  return /\r?\n\r?\n/.test(text) ? bytes : Buffer.from(`${text.replace(/[\r\n]*$/, '')}\r\n\r\n`, 'latin1');
}

function sipLines(message: SipMessage): readonly string[] {
  const body = message.body;
  const head = message.text.slice(0, message.text.length - body.length).split(/\r?\n(?![ \t])/);
  const [start, ...headers] = head;
  const named = headers
    .filter((line) => line !== '')
    .map((line) => {
      const colon = line.indexOf(':');
      return [
        line.slice(0, colon).trim(),
        line
          .slice(colon + 1)
          .replace(/\s+/g, ' ')
          .trim(),
      ] as const;
    });
  const width = Math.max(0, ...named.map(([name]) => name.length));
  return [
    start ?? '',
    ...named.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
    ...(body === '' ? [] : ['', body]),
  ];
}
