import { GradloomError } from "../../error.ts";
import { doYouMean } from "../../nearest.ts";
import { isTensor } from "../../pytree/leaf.ts";
import { isPlainObject, join } from "../../pytree/tree-def.ts";
import { show } from "../../show.ts";
import type { FileTensor } from "../elements.ts";

/** Tensors by name, as a safetensors file has them. */
export type Tensors = Readonly<Record<string, FileTensor>>;

/** The tensors of another library while they are read: it knows which of them have been taken. */
export class TensorSource {
  readonly #tensors: Tensors;
  /** What the tensors are of, for errors: `optimizer`. */
  readonly #path: string;
  readonly #taken = new Set<string>();

  constructor(tensors: unknown, path: string) {
    if (!isPlainObject(tensors)) {
      throw new GradloomError(
        "INVALID_STATE",
        `expected an object of tensors by name, got ${show(tensors)}.`,
        {
          path,
          remedy:
            "Pass the tensors of a file: (await loadFile(path)).tensors, or deserialize(bytes).tensors.",
        },
      );
    }
    this.#tensors = tensors as Tensors;
    this.#path = path;
  }

  /** Returns the path of a tensor, for errors. */
  pathOf(name: string): string {
    return join(this.#path, name);
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#tensors, name);
  }

  /** Returns the names of all tensors. */
  get names(): readonly string[] {
    return Object.keys(this.#tensors);
  }

  /** Returns a tensor. Throws where there is none of this name. */
  take(name: string): FileTensor {
    const tensor = this.has(name) ? this.#tensors[name] : undefined;
    if (isTensor(tensor)) {
      this.#taken.add(name);
      return tensor;
    }
    throw new GradloomError(
      "INVALID_STATE",
      tensor === undefined ? "the checkpoint has no such tensor." : `expected a tensor, got ${show(tensor)}.`,
      { path: this.pathOf(name), remedy: this.#remedyForLack(name) },
    );
  }

  /** Throws where tensors have not been taken. */
  refuseRest(remedy: string): void {
    const rest = this.names.filter((name) => !this.#taken.has(name));
    const [first] = rest;
    if (first === undefined) return;
    const others = rest.length > 1 ? ` (and ${rest.length - 1} more)` : "";
    throw new GradloomError("INVALID_STATE", `nothing here takes this tensor${others}.`, {
      path: this.pathOf(first),
      remedy,
    });
  }

  #remedyForLack(name: string): string {
    const rest = this.names.filter((other) => !this.#taken.has(other));
    return `${doYouMean(name, rest)}Pass a checkpoint of the same optimizer and parameters${
      rest.length > 0 ? `; this one has ${rest.slice(0, 3).join(", ")}${rest.length > 3 ? ", …" : ""}` : ""
    }.`;
  }
}
