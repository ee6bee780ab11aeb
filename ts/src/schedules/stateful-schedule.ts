/**
 * A schedule with a state of its own, which may follow the extra arguments of each update (a loss, for example).
 *
 * `call` returns the value at a state; `update` returns the next state and changes nothing. `injectHyperparams` takes one in place of
 * a number: it calls both once a step, with the state before the step, and keeps the state beside that of the optimizer.
 *
 * @example
 * const halveOnPlateau: gl.StatefulSchedule<{ rate: number; best: number }> = {
 *   init: () => ({ rate: 1, best: Infinity }),
 *   update: ({ rate, best }, { value } = {}) =>
 *     Number(value) < best ? { rate, best: Number(value) } : { rate: rate / 2, best },
 *   call: ({ rate }) => rate,
 * };
 * const tx = gl.injectHyperparams(gl.sgd)(halveOnPlateau);
 * @category schedules
 */
export interface StatefulSchedule<State> {
  init(): State;
  update(state: State, extra?: Readonly<Record<string, unknown>>): State;
  call(state: State, extra?: Readonly<Record<string, unknown>>): number;
}
