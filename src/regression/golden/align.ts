/** Which lines of two texts belong together: the longest common subsequence. */

/** Indices of one and the other; `undefined` where a line has no counterpart. In order. */
export type Pair = readonly [number | undefined, number | undefined];

/** More cells than these and the middle is taken as replaced as a whole. */
const CELLS_MAX = 16_000_000;

export function align(one: readonly string[], other: readonly string[]): readonly Pair[] {
  let start = 0;
  while (start < one.length && start < other.length && one[start] === other[start]) start++;
  let endOne = one.length;
  let endOther = other.length;
  while (endOne > start && endOther > start && one[endOne - 1] === other[endOther - 1]) {
    endOne--;
    endOther--;
  }
  const pairs: Pair[] = [];
  for (let i = 0; i < start; i++) pairs.push([i, i]);
  pairs.push(...middle(one, other, { start, endOne, endOther }));
  for (let i = 0; endOne + i < one.length; i++) pairs.push([endOne + i, endOther + i]);
  return pairs;
}

function middle(
  one: readonly string[],
  other: readonly string[],
  { start, endOne, endOther }: { start: number; endOne: number; endOther: number },
): readonly Pair[] {
  const rows = endOne - start;
  const columns = endOther - start;
  const width = columns + 1;
  const isTooMuch = rows * columns > CELLS_MAX;
  /** Length of the longest common subsequence of what follows. */
  const lengths = new Uint32Array(isTooMuch ? 0 : (rows + 1) * width);
  for (let row = rows - 1; row >= 0 && !isTooMuch; row--) {
    for (let column = columns - 1; column >= 0; column--) {
      const isSame = one[start + row] === other[start + column];
      lengths[row * width + column] = isSame
        ? lengths[(row + 1) * width + column + 1]! + 1
        : Math.max(lengths[(row + 1) * width + column]!, lengths[row * width + column + 1]!);
    }
  }
  const pairs: Pair[] = [];
  let row = 0;
  let column = 0;
  while (row < rows || column < columns) {
    if (row < rows && column < columns && !isTooMuch && one[start + row] === other[start + column]) {
      pairs.push([start + row++, start + column++]);
      continue;
    }
    const below = lengths[(row + 1) * width + column] ?? 0;
    const right = lengths[row * width + column + 1] ?? 0;
    const takesOne = column >= columns || (row < rows && below >= right);
    pairs.push(takesOne ? [start + row++, undefined] : [undefined, start + column++]);
  }
  return pairs;
}
