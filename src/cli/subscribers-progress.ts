/** A bar that tells how far an import or export is, where a person watches. */

export interface ImportProgress {
  /** `total` where it is known. */
  show(what: string, count: number, total?: number): void;
  end(): void;
}

const CLEAR = '\r\u001b[K';
const BAR_WIDTH = 30;
/** Between two drawings. */
const DRAW_MS = 100;

/** stderr, so that stdout may go elsewhere. Nothing where it is no terminal. */
export function openImportProgress(): ImportProgress {
  const stream = process.stderr;
  if (stream.isTTY !== true) return { show: () => undefined, end: () => undefined };
  let drawn = 0;
  return {
    show: (what, count, total) => {
      if (Date.now() - drawn < DRAW_MS) return;
      drawn = Date.now();
      const text = total === undefined ? String(count) : `${bar(count / total)} ${count}/${total}`;
      stream.write(`${CLEAR}${what} ${text}`);
    },
    end: () => void stream.write(CLEAR),
  };
}

function bar(part: number): string {
  const full = Math.round(part * BAR_WIDTH);
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_WIDTH - full)}]`;
}
