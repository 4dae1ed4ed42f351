/** A body of several parts (RFC 2046 5.1.3). */
export interface BodyPart {
  readonly contentType: string;
  readonly content: string;
}

/** The boundary is one that no part contains. */
export function multipartMixed(parts: readonly BodyPart[]): { readonly body: string; readonly contentType: string } {
  let boundary = 'part';
  while (parts.some(({ content }) => content.includes(boundary))) boundary += '-x';
  const body = parts.map(
    ({ contentType, content }) => `--${boundary}\r\nContent-Type: ${contentType}\r\n\r\n${content}\r\n`,
  );
  return { body: `${body.join('')}--${boundary}--\r\n`, contentType: `multipart/mixed;boundary="${boundary}"` };
}
