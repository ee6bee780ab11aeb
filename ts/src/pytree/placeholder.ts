/** Stands for the parameters where only the structure of a state matters; masks and labels are not applied to it. */
export const PLACEHOLDER: Float32Array = new Float32Array(1);
