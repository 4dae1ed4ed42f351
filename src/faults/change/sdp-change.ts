/** Other values in the lines of a session description (RFC 8866 5). */
import type { PathStep } from '../../selection/index.js';

const directions = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];

/** A line of a section, found by how it begins; `write` gives it anew. */
interface LineField {
  readonly starts: readonly string[];
  write(value: string, before: string | undefined): string;
}

const line = (start: string): LineField => ({ starts: [start], write: (value) => start + value });

/** The words of a line after `x=`: one of them, or all from it on. */
const word = (start: string, at: number, toEnd = false): LineField => ({
  starts: [start],
  write: (value, before = '') => {
    const words = before.slice(start.length).split(' ');
    words.splice(at, toEnd ? words.length : 1, value);
    return start + words.join(' ');
  },
});

const address: LineField = {
  starts: ['c='],
  write: (value) => `c=IN ${value.includes(':') ? 'IP6' : 'IP4'} ${value}`,
};

const sessionFields: Readonly<Record<string, LineField>> = {
  username: word('o=', 0),
  'session-id': word('o=', 1),
  version: word('o=', 2),
  address,
};

const mediaFields: Readonly<Record<string, LineField>> = {
  port: word('m=', 1),
  protocol: word('m=', 2),
  payloads: word('m=', 3, true),
  address,
  bandwidth: line('b=AS:'),
  ptime: line('a=ptime:'),
  direction: { starts: directions.map((direction) => `a=${direction}`), write: (value) => `a=${value}` },
  curr: line('a=curr:'),
  des: line('a=des:'),
  conf: line('a=conf:'),
};

/** Fields of the paths after `sdp` that can be set; media fields stand under `audio` and its kind. */
export function isSdpFieldSettable([first, second]: readonly PathStep[]): boolean {
  if (first === undefined) return true;
  return second === undefined ? Object.hasOwn(sessionFields, first.name) : Object.hasOwn(mediaFields, second.name);
}

/** The description with that field another one in every section that is meant; undefined: there is none. */
export function withSdpField(
  body: string,
  [first, second]: readonly PathStep[],
  value: string | null,
): string | undefined {
  const sections = sectionsOf(body);
  if (second === undefined) {
    const field = sessionFields[first!.name];
    const changed = field && withLine(sections[0]!, field, value);
    return changed && join([changed, ...sections.slice(1)]);
  }
  const field = mediaFields[second.name];
  let count = 0;
  let isChanged = false;
  const changed = sections.map((lines) => {
    if (field === undefined || !lines[0]?.startsWith(`m=${first!.name} `)) return lines;
    count++;
    if (first!.index !== undefined && first!.index !== count) return lines;
    const after = withLine(lines, field, value);
    isChanged ||= after !== undefined;
    return after ?? lines;
  });
  return isChanged ? join(changed) : undefined;
}

/** The lines before the first `m=`, then each `m=` with those that follow it. */
function sectionsOf(body: string): readonly (readonly string[])[] {
  const sections: string[][] = [[]];
  for (const each of body.split('\r\n')) {
    if (each.startsWith('m=')) sections.push([]);
    if (each !== '') sections.at(-1)!.push(each);
  }
  return sections;
}

function join(sections: readonly (readonly string[])[]): string {
  return sections
    .flat()
    .map((each) => `${each}\r\n`)
    .join('');
}

/** One line in place of all of the field; at the end of the section when there was none. Undefined: nothing to remove. */
function withLine(
  lines: readonly string[],
  { starts, write }: LineField,
  value: string | null,
): readonly string[] | undefined {
  const isMeant = (each: string): boolean => starts.some((start) => each.startsWith(start));
  const at = lines.findIndex(isMeant);
  if (value === null) return at < 0 || lines[at]!.startsWith('m=') ? undefined : lines.filter((each) => !isMeant(each));
  const others = lines.filter((each) => !isMeant(each));
  const written = write(value, at < 0 ? undefined : lines[at]);
  return others.toSpliced(at < 0 ? placeOf(written, others) : at, 0, written);
}

/** RFC 8866 5: c= before b=, b= before t= and the attributes. */
function placeOf(written: string, lines: readonly string[]): number {
  const later = written.startsWith('c=') ? 'btka' : written.startsWith('b=') ? 'tka' : '';
  const at = lines.findIndex((each) => later.includes(each.charAt(0)) && each.charAt(1) === '=');
  return at < 0 ? lines.length : at;
}
