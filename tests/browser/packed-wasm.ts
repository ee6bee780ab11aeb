/** Stands in for the packed copy of the built library: pages of tests have the file. */
export const packed = "";
