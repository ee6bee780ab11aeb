/**
 * A schedule with a state of its own, which may follow the extra arguments of each update (a loss, for example).
 *
 * `call` gives the value that the state stands for; `update` gives the next state and changes nothing.
 */
export interface StatefulSchedule<State> {
  init(): State;
  update(state: State, extra?: Readonly<Record<string, unknown>>): State;
  call(state: State, extra?: Readonly<Record<string, unknown>>): number;
}
