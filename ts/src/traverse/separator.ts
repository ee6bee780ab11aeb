import { GradloomError } from "../error.ts";
import { type Field, maybe } from "../options.ts";

/** The option `sep`: the text between the keys of a joined path. */
export const separator: Field<string | null> = maybe({
  check: (value, path) => {
    if (typeof value === "string" && value !== "") return value;
    throw new GradloomError("INVALID_HYPERPARAMETER", "keys cannot be joined by this.", {
      path,
      remedy: "Pass a string that is not empty, such as '/', or null.",
    });
  },
});
