/** A thing to time: a call, or a function that times calls in another process and returns microseconds per call. */
export type Contender = { readonly name: string } & (
  | { readonly run: () => void }
  | { readonly time: (calls: number) => Promise<number> }
);

/** The microseconds per call: of each round, and their median. */
export interface Timing {
  readonly median: number;
  readonly rounds: readonly number[];
}

const median = (samples: readonly number[]): number =>
  [...samples].sort((a, b) => a - b)[samples.length >> 1] as number;

/** Returns how many times faster `a` is than `b`: the median of the ratios by round, since the calls of a round meet the same load. */
export const speedOf = (a: Timing, b: Timing): number =>
  median(a.rounds.map((time, round) => (b.rounds[round] as number) / time));

const ROUNDS = 15;
const ROUND_MICROSECONDS = 20_000;

const timeHere = (run: () => void, calls: number): number => {
  const start = process.hrtime.bigint();
  for (let i = 0; i < calls; i++) run();
  return Number(process.hrtime.bigint() - start) / 1e3 / calls;
};

const time = async (contender: Contender, calls: number): Promise<number> =>
  "run" in contender ? timeHere(contender.run, calls) : contender.time(calls);

/** Finds how many calls fill a round of some milliseconds, which also warms up. */
const callsPerRound = async (contender: Contender): Promise<number> => {
  let count = 1;
  while ((await time(contender, count)) * count < ROUND_MICROSECONDS / 2) count *= 2;
  return count;
};

/** Times contenders in turn, A B C A B C …, so that a change of the machine's speed affects all of them. */
export const interleave = async (
  contenders: readonly Contender[],
  rounds = ROUNDS,
): Promise<Map<string, Timing>> => {
  const timed: { contender: Contender; calls: number; samples: number[] }[] = [];
  for (const contender of contenders) {
    timed.push({ contender, calls: await callsPerRound(contender), samples: [] });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { contender, calls, samples } of timed) samples.push(await time(contender, calls));
  }
  return new Map(
    timed.map(({ contender, samples }) => [contender.name, { median: median(samples), rounds: samples }]),
  );
};
