/** One line that tells how far a suite is, where a person watches. */
import pc from 'picocolors';
import type { Style } from '../regression/index.js';

export interface Progress {
  readonly style: Style;
  /** A line that stays. */
  line(text: string): void;
  begin(total: number): void;
  playing(name: string): void;
  ended(name: string, hasFailed: boolean): void;
  end(): void;
}

const CLEAR = '\r\u001b[K';
const WIDTH_WITHOUT_TERMINAL = 80;

/** stdout, or stderr under --json. Only a terminal gets the moving line. */
export function openProgress(json: boolean | undefined): Progress {
  const stream = json === true ? process.stderr : process.stdout;
  const isTerminal = stream.isTTY === true;
  const style = pc.createColors(isTerminal && pc.isColorSupported);
  let total = 0;
  let done = 0;
  let failed = 0;
  const draw = (name: string): void => {
    if (!isTerminal) return;
    const counts = `${done}/${total}${failed > 0 ? `, ${failed} failed` : ''}  ${name}`;
    stream.write(`${CLEAR}${counts.slice(0, (stream.columns || WIDTH_WITHOUT_TERMINAL) - 1)}`);
  };
  return {
    style,
    line: (text) => void stream.write(`${text}\n`),
    begin: (count) => {
      total = count;
    },
    playing: draw,
    ended: (name, hasFailed) => {
      done += 1;
      if (hasFailed) {
        failed += 1;
        stream.write(`${isTerminal ? CLEAR : ''}${style.red('failed')}  ${name}\n`);
      }
      draw(name);
    },
    end: () => {
      if (isTerminal) stream.write(CLEAR);
    },
  };
}
