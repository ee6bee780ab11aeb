/** Stands for all of the parameters where only the structure of a state is asked for: masks and labels show all of it. */
export const PLACEHOLDER: Float32Array = new Float32Array(1);
