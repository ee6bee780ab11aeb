/**
 * A schedule with a state of its own, which may follow the extra arguments of each update (a loss, for example).
 *
 * `call` returns the value at a state; `update` returns the next state and changes nothing.
 *
 * @example
 * const halveOnPlateau: gl.StatefulSchedule<{ rate: number; best: number }> = {
 *   init: () => ({ rate: 1, best: Infinity }),
 *   update: ({ rate, best }, { value } = {}) =>
 *     Number(value) < best ? { rate, best: Number(value) } : { rate: rate / 2, best },
 *   call: ({ rate }) => rate,
 * };
 * @category schedules
 */
export interface StatefulSchedule<State> {
  init(): State;
  update(state: State, extra?: Readonly<Record<string, unknown>>): State;
  call(state: State, extra?: Readonly<Record<string, unknown>>): number;
}
