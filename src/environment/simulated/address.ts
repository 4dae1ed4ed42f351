/**
 * Numeric addresses in the one form that compares by text: IPv4 dotted, IPv6 in the form of RFC 5952 (lower case, longest
 * run of zeros shortened), without brackets and zone. An IPv4-mapped IPv6 address becomes the IPv4 address.
 */

export type AddressFamily = 4 | 6;

export interface NumericAddress {
  readonly family: AddressFamily;
  readonly text: string;
}

/** Undefined when `text` is no numeric address. */
export function parseAddress(text: string): NumericAddress | undefined {
  if (text.includes(':')) {
    const groups = parseGroups(text);
    if (groups === undefined) return undefined;
    const mapped = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
    if (!mapped) return { family: 6, text: formatGroups(groups) };
    const [high, low] = [groups[6]!, groups[7]!];
    return { family: 4, text: `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}` };
  }
  return parseDotted(text) === undefined ? undefined : { family: 4, text };
}

export function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= 65535;
}

function parseDotted(text: string): number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const octets = parts.map((part) => (/^(0|[1-9]\d{0,2})$/.test(part) ? Number(part) : 256));
  return octets.every((octet) => octet < 256) ? octets : undefined;
}

/** RFC 4291 2.2: eight groups, `::` for a run of zeros, the last two groups possibly as a dotted IPv4 address. */
function parseGroups(bracketed: string): number[] | undefined {
  let text = bracketed.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '');
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (dotted !== null) {
    const octets = parseDotted(dotted[2]!);
    if (octets === undefined) return undefined;
    const [a, b, c, d] = octets as [number, number, number, number];
    text = `${dotted[1]}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  }
  const halves = text.split('::').map((half) => (half === '' ? [] : half.split(':')));
  if (halves.length > 2 || !halves.flat().every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  const [head, tail] = halves as [string[], string[] | undefined];
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  return [...head, ...Array<string>(missing).fill('0'), ...(tail ?? [])].map((group) => Number.parseInt(group, 16));
}

/** RFC 5952 4: the longest run of two or more zero groups is shortened, the first one if several are as long. */
function formatGroups(groups: readonly number[]): string {
  let runStart = 0;
  let runLength = 0;
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (end < 8 && groups[end] === 0) end++;
    if (end - start > runLength) {
      runStart = start;
      runLength = end - start;
    }
  }
  const format = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  if (runLength < 2) return format(0, 8);
  return `${format(0, runStart)}::${format(runStart + runLength, 8)}`;
}
