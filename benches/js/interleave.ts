/** Something to time: `run` is one call. */
export interface Contender {
  readonly name: string;
  readonly run: () => void;
}

/** Microseconds per call, over all rounds. */
export interface Timing {
  readonly median: number;
  readonly least: number;
}

const ROUNDS = 15;
const ROUND_MICROSECONDS = 20_000;

const time = (run: () => void, calls: number): number => {
  const start = process.hrtime.bigint();
  for (let i = 0; i < calls; i++) run();
  return Number(process.hrtime.bigint() - start) / 1e3 / calls;
};

/**
 * Times contenders in turn, A B C A B C …, so that a change of the machine's speed meets them all. How many calls make a
 * round of some milliseconds is found first, which warms up as well.
 */
export const interleave = (contenders: readonly Contender[]): Map<string, Timing> => {
  const calls = contenders.map(({ run }) => {
    let count = 1;
    while (time(run, count) * count < ROUND_MICROSECONDS / 2) count *= 2;
    return count;
  });
  const samples = contenders.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    contenders.forEach(({ run }, i) => {
      samples[i]?.push(time(run, calls[i] as number));
    });
  }
  return new Map(
    contenders.map(({ name }, i) => {
      const sorted = (samples[i] as number[]).sort((a, b) => a - b);
      return [name, { median: sorted[ROUNDS >> 1] as number, least: sorted[0] as number }];
    }),
  );
};
