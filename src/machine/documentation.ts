/** The pages of docs/machines: one a machine file, and an index. Text in, text out. */
import { type AnyStateMachine, StateMachine } from 'xstate';
import { statechart } from './statechart.js';

export interface MachineSource {
  /** From the project's root, `src/ims/icscf/registration-query.machine.ts`. */
  readonly path: string;
  readonly text: string;
  readonly machine: AnyStateMachine;
}

/** The one machine among a module's exports. Throws an Error when there is none or more than one. */
export function machineOf(path: string, exports: object): AnyStateMachine {
  const machines = Object.values(exports).filter((value) => value instanceof StateMachine);
  if (machines.length !== 1) throw new Error(`${path} exports ${machines.length} machines instead of one`);
  return machines[0] as AnyStateMachine;
}

/** File name → content of everything that belongs into docs/machines. The order of `sources` does not matter. */
export function machinePages(sources: readonly MachineSource[]): ReadonlyMap<string, string> {
  const sorted = sources.map((source) => ({ ...source, name: pageName(source, sources) }));
  sorted.sort((a, b) => (a.name < b.name ? -1 : 1));
  const pages = new Map<string, string>();
  pages.set('README.md', index(sorted));
  for (const source of sorted) pages.set(`${source.name}.md`, page(source));
  return pages;
}

/** The file's name; with that of its folder where two files have the same one. */
function pageName({ path }: MachineSource, sources: readonly MachineSource[]): string {
  const name = fileName(path);
  const isUnique = sources.every((other) => other.path === path || fileName(other.path) !== name);
  return isUnique ? name : `${path.split('/').at(-2)}-${name}`;
}

function fileName(path: string): string {
  return path.split('/').at(-1)!.replace('.machine.ts', '');
}

function page({ path, text, machine }: MachineSource): string {
  const parts = [`# ${machine.id}`, introduction(text), `Defined in [${path}](../../${path}).`, statechart(machine)];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** The comment that opens the file. */
function introduction(text: string): string {
  if (!text.startsWith('/**')) return '';
  return text
    .slice(3, text.indexOf('*/'))
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, '').trimEnd())
    .join('\n')
    .trim();
}

function index(sources: readonly (MachineSource & { readonly name: string })[]): string {
  const rows = sources.map(({ name, text }) => {
    const sentence = introduction(text)
      .replaceAll('\n', ' ')
      .split(/\.\s(?=[A-Z])/)[0]!;
    return `| [${name}](${name}.md) | ${sentence.replace(/\.$/, '').replaceAll('|', '\\|')} |`;
  });
  return [
    '# State machines',
    '',
    'Every state machine of the project, drawn from its definition by `npm run docs:machines`. An arrow reads',
    '`event [guard] / effects`; `timer.NAME` is the end of the delay of that name, an arrow without an event is taken at',
    'once when its guard holds. Guards are tried from top to bottom. Assignments to the context are not drawn.',
    '',
    '| Machine | Models |',
    '|---|---|',
    ...rows,
    '',
  ].join('\n');
}
