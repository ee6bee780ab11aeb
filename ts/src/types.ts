/** A number as a function of the step count: the first step sees 0. Evaluated on the host in double precision. */
export type Schedule = (count: number) => number;

/** A hyperparameter that may change over time. */
export type ScalarOrSchedule = number | Schedule;
