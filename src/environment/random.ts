/** Randomness as a node sees it: the operating system's in the real environment, a seeded stream in the simulated one. */
export interface Random {
  /** `length` fresh octets; the caller owns the buffer. */
  bytes(length: number): Buffer;
  /** 0 … 2^32-1. */
  uint32(): number;
  /** 0 <= x < 1. */
  fraction(): number;
  /** An independent stream for a name, so that a new consumer does not shift another's draws. */
  stream(name: string): Random;
}
