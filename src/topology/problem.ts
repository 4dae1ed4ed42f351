/** What is wrong with something that the user wrote, said so that it can be mended at once. */
export interface Problem {
  /** `topologies/volte.yaml:12:7`, or `--set nodes.ue1.imsi=…` where an option is at fault. */
  readonly where: string;
  /** `nodes.ue1.imsi`; empty when the whole file is meant. */
  readonly key: string;
  readonly what: string;
  readonly mend: string;
}

export function formatProblem({ where, key, what, mend }: Problem): string {
  return `${where}: ${key === '' ? '' : `${key}: `}${what}; ${mend}`;
}

/** Nobody reads more of them at a time. */
const listedMax = 50;

/** A file or option that cannot be used. The message lists the problems, one a line; the CLI prints it and exits with 2. */
export class InputError extends Error {
  override readonly name = 'InputError';

  constructor(readonly problems: readonly Problem[]) {
    super(listed(problems).join('\n'));
  }
}

function listed(problems: readonly Problem[]): readonly string[] {
  const lines = problems.slice(0, listedMax).map(formatProblem);
  const more = problems.length - lines.length;
  return more === 0 ? lines : [...lines, `there are ${more} more mistakes; mend these first`];
}
