/**
 * The parameters of one value of P-Access-Network-Info (RFC 7315 5.4, TS 24.229 §7.2A.4), with what stands before the first `;`. A `;`
 * in a quoted string separates nothing: who reads the header and who cleans it must not see different parameters.
 */
export function accessNetworkParts(value: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at < value.length; at++) {
    const character = value[at];
    if (isQuoted && character === '\\') at++;
    else if (character === '"') isQuoted = !isQuoted;
    else if (character === ';' && !isQuoted) {
      parts.push(value.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(value.slice(start));
  return parts;
}

/** The name of a part, in lower case. */
export function accessParameterName(part: string): string {
  const end = part.indexOf('=');
  return (end === -1 ? part : part.slice(0, end)).trim().toLowerCase();
}
