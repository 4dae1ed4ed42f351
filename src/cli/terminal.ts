/** Where a command's text goes, and how wide and colourful it is. */
import pc from 'picocolors';
import { printable } from '../trace/index.js';

export interface Terminal {
  readonly width: number;
  readonly colours: boolean;
  readonly line: (text: string) => void;
}

const WIDTH_WITHOUT_TERMINAL = 120;

/** stdout, or stderr under --json. picocolors knows NO_COLOR, FORCE_COLOR and what a terminal can. */
export function openTerminal(json: boolean | undefined): Terminal {
  const stream = json === true ? process.stderr : process.stdout;
  return {
    width: stream.columns ?? WIDTH_WITHOUT_TERMINAL,
    colours: stream.isTTY === true && pc.isColorSupported,
    line: (text) => void stream.write(`${text}\n`),
  };
}

/** For lines without colours, in which stands what others have sent. */
export function plainTerminal(json: boolean | undefined): Pick<Terminal, 'line'> {
  const { line } = openTerminal(json);
  return { line: (text) => line(printable(text)) };
}
