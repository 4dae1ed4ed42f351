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

/** A file or option that cannot be used. The message lists every problem, one a line; the CLI prints it and exits with 2. */
export class InputError extends Error {
  override readonly name = 'InputError';

  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'));
  }
}
