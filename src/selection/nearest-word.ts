/** The word of `known` that the writer probably meant, or undefined when none is within `distanceMax` edits. */
export function nearestWord(
  word: string,
  known: readonly string[],
  distanceMax = Math.max(1, Math.floor(word.length / 3)),
): string | undefined {
  const wanted = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = distanceMax + 1;
  for (const candidate of known) {
    const distance = editDistance(plain(wanted), plain(candidate.toLowerCase()));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  if (bestDistance <= 1) return best;
  return longerWord(wanted, known) ?? best;
}

/** Shorter ones begin too much. */
const beginningMin = 4;

/** Who writes `Public-Id` means `Public-Identity`, and `BUSY` is a part of `DIAMETER_TOO_BUSY`. */
function longerWord(wanted: string, known: readonly string[]): string | undefined {
  if (plain(wanted).length < beginningMin) return undefined;
  const longer = known.filter((each) => {
    const candidate = each.toLowerCase();
    return plain(candidate).startsWith(plain(wanted)) || candidate.split(/[-_]/).includes(wanted);
  });
  return longer.sort((one, other) => one.length - other.length)[0];
}

/** `expires_min` and `expiresmin` are `expires-min` to a reader. */
function plain(word: string): string {
  return word.replaceAll(/[-_]/g, '');
}

/** Levenshtein distance with a swap of neighbours counted as one edit. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1));
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, beforeLast[column - 2]! + 1);
      }
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length]!;
}

/** A list of hundreds helps nobody. */
const LISTED_MAX = 40;

/** `did you mean X?` as a remedy, else the list of what is known. */
export function suggest(word: string, known: readonly string[]): string {
  const nearest = nearestWord(word, known);
  if (nearest !== undefined) return `did you mean '${nearest}'?`;
  if (known.length === 0) return 'remove it';
  return known.length === 1 ? `use ${known[0]}` : useOneOf(known);
}

/** Of more than `listedMax` the first ones. */
export function useOneOf(known: readonly string[], listedMax = LISTED_MAX): string {
  const more = known.length > listedMax ? `, … (${known.length} in all)` : '';
  return `use one of ${known.slice(0, listedMax).join(', ')}${more}`;
}
