/** Two golden traces compared by what they mean: numbers of names may differ as long as they differ throughout. */
import { align } from './align.js';
import { REMARK, SEPARATOR } from './golden-trace.js';
import { mapNames, namesIn, withoutNumbers } from './roles.js';

export interface GoldenDifference {
  /** How many messages are other than before, too many or missing. */
  readonly count: number;
  /** For people: `- ` was, `+ ` is, two spaces the message that both have. */
  readonly lines: readonly string[];
}

/** Differences that are shown; of the others their number. */
const SHOWN_MAX = 12;
/** A field's text is cut after so much. */
const WIDTH_MAX = 240;

interface Line {
  readonly text: string;
  /** The remark above it: what the scenario did. */
  readonly step: string;
}

/** `undefined` where they mean the same. */
export function compareGolden(golden: string, actual: string): GoldenDifference | undefined {
  if (golden === actual) return undefined;
  const before = linesOf(golden);
  const now = linesOf(actual);
  const differences = new Comparison().compare(before, now);
  if (differences.length === 0) return undefined;
  const shown: string[] = [];
  let step: string | undefined;
  for (const difference of differences.slice(0, SHOWN_MAX)) {
    if (difference.step !== step) shown.push(`@@ ${difference.step} @@`);
    step = difference.step;
    shown.push(...difference.lines.map(cut));
  }
  const rest = differences.length - SHOWN_MAX;
  if (rest > 0) shown.push(`… and ${rest} more`);
  return { count: differences.length, lines: shown };
}

function linesOf(text: string): readonly Line[] {
  let step = '';
  return text.split(/\r?\n/).flatMap((line): Line[] => {
    if (line.startsWith(REMARK)) step = line.slice(REMARK.length).trim();
    return line === '' || line.startsWith(REMARK) ? [] : [{ text: line, step }];
  });
}

interface Difference {
  readonly step: string;
  readonly lines: readonly string[];
}

class Comparison {
  /** Names here and there that stand for the same. */
  readonly #there = new Map<string, string>();
  readonly #here = new Map<string, string>();

  compare(before: readonly Line[], now: readonly Line[]): readonly Difference[] {
    const pairs = align(
      before.map(({ text }) => withoutNumbers(text)),
      now.map(({ text }) => withoutNumbers(text)),
    );
    const differences: Difference[] = [];
    let gone: Line[] = [];
    let come: Line[] = [];
    for (const [one, other] of [...pairs, [undefined, undefined] as const]) {
      if (one !== undefined && other === undefined) gone.push(before[one]!);
      else if (other !== undefined && one === undefined) come.push(now[other]!);
      else {
        differences.push(...this.#gap(gone, come));
        gone = [];
        come = [];
        if (one !== undefined && other !== undefined) differences.push(...this.#same(before[one]!, now[other]!));
      }
    }
    return differences;
  }

  /** Two messages with the same words: what they name must be what they named before. */
  #same(before: Line, now: Line): readonly Difference[] {
    return this.#means(before.text, now.text) ? [] : [this.#changed(before, now)];
  }

  /** Of two texts that differ in the numbers of names at most. */
  #means(was: string, is: string): boolean {
    const there = namesIn(is);
    return namesIn(was).every((name, index) => this.#standsFor(name, there[index]!));
  }

  /** Learns the pair where both are new. */
  #standsFor(name: string, other: string): boolean {
    const known = this.#there.get(name);
    const back = this.#here.get(other);
    if (known === undefined && back === undefined) {
      this.#there.set(name, other);
      this.#here.set(other, name);
      return true;
    }
    return known === other && back === name;
  }

  /** Messages without a counterpart; those between the same two nodes with the same summary are shown as one that changed. */
  #gap(gone: readonly Line[], come: readonly Line[]): readonly Difference[] {
    const head = ({ text }: Line) => withoutNumbers(text.split(SEPARATOR, 1)[0]!);
    return align(gone.map(head), come.map(head)).map(([one, other]) => {
      const was = one === undefined ? undefined : gone[one]!;
      const is = other === undefined ? undefined : come[other]!;
      if (was !== undefined && is !== undefined) return this.#changed(was, is);
      const line = was ?? is!;
      const mark = is === undefined ? '-' : '+';
      return { step: line.step, lines: [`${mark} ${line.text.split(SEPARATOR, 1)[0]}`] };
    });
  }

  /** The head, and of the fields those that differ. */
  #changed(before: Line, now: Line): Difference {
    const was = before.text.split(SEPARATOR);
    const is = now.text.split(SEPARATOR);
    const lines = align(was.map(withoutNumbers), is.map(withoutNumbers)).flatMap(([one, other]) => {
      const indent = (one ?? other) === 0 ? '' : '    ';
      if (other === undefined) return [`- ${indent}${was[one!]}`];
      if (one === undefined) return [`+ ${indent}${is[other]}`];
      if (this.#means(was[one]!, is[other]!)) return one === 0 ? [`  ${was[0]}`] : [];
      return [`- ${indent}${was[one]}`, `+ ${indent}${mapNames(is[other]!, (name) => this.#here.get(name))}`];
    });
    return { step: before.step, lines };
  }
}

function cut(line: string): string {
  return line.length > WIDTH_MAX ? `${line.slice(0, WIDTH_MAX)}…` : line;
}
