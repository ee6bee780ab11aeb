import { GradloomError } from "../error.ts";
import type { Node } from "../plan/node.ts";
import { pathIn } from "../pytree/layout.ts";
import { join } from "../pytree/tree-def.ts";
import type { Parts } from "./arguments.ts";
import { type ArrayForm, isFloat } from "./array.ts";

/** A parameter: its path below the root of its tree, and its form. */
interface Expected {
  readonly path: string;
  readonly form: ArrayForm;
}

/** Returns the path of a leaf below the root of its tree. */
export const below = (path: string, root: string): string => path.slice(root.length).replace(/^\./, "");

const missing = (path: string): GradloomError =>
  new GradloomError("STRUCTURE_MISMATCH", "there is no gradient for this parameter.", {
    path,
    remedy:
      "Pass zeros: np.zerosLike(x). Momentum and weight decay move it then; to leave it as it is, freeze it: chain(tx, freeze(mask)).",
  });

const unknown = (path: string): GradloomError =>
  new GradloomError("STRUCTURE_MISMATCH", "there is no such parameter.", {
    path,
    remedy: "Gradients have the structure of the parameters.",
  });

const refuseForm = (
  { form }: Expected,
  { dtype, shape }: Pick<ArrayForm, "dtype" | "shape">,
  path: string,
) => {
  if (isFloat(form) && dtype !== form.dtype) {
    throw new GradloomError("DTYPE_MISMATCH", `expected ${form.dtype}, got ${dtype}.`, {
      path,
      remedy: `Convert it: x.astype("${form.dtype}").`,
    });
  }
  if (`${shape}` === `${form.shape}` && shape.length === form.shape.length) return;
  throw new GradloomError("SHAPE_MISMATCH", `expected shape [${form.shape}], got [${shape}].`, {
    path,
    remedy: "Gradients have the shapes of the parameters.",
  });
};

/** What gradients must look like: those of all parameters, or of a part of them. */
export class GradientForm {
  readonly #expected: readonly Expected[];

  /** @param node - the optimizer, which may take the gradients of a part of the parameters only */
  constructor(
    params: { readonly forms: readonly ArrayForm[]; readonly paths: readonly string[] },
    node: Node,
  ) {
    const part = below((node.gradientsOf?.() ?? []).reduce<string>(join, ""), "");
    this.#expected = params.forms.flatMap((form, i) => {
      const path = params.paths[i] as string;
      const inside =
        part === "" || path === part || path.startsWith(`${part}.`) || path.startsWith(`${part}[`);
      return inside ? [{ path: below(path, part), form }] : [];
    });
  }

  /** Throws where gradients are missing, have no parameter, or differ in shape or dtype. Those of integers may be missing. */
  refuseOther({ leaves, paths }: Parts, root: string): void {
    const given = new Map(paths.map((path, i) => [below(path, root), i]));
    for (const expected of this.#expected) {
      const { path, form } = expected;
      const i = given.get(path);
      given.delete(path);
      const whole = pathIn(root, path);
      if (i !== undefined) refuseForm(expected, leaves[i] as ArrayForm & (typeof leaves)[number], whole);
      else if (isFloat(form)) throw missing(whole);
    }
    for (const i of given.values()) throw unknown(paths[i] as string);
  }
}
