import { GradloomError } from "../error.ts";

/** The most levels that a tree may have: enough for any model, and few enough for the stack of any platform. */
export const MOST_LEVELS = 1000;

/** Makes the error for a tree that is too deep. */
export const tooDeep = (path: string): GradloomError =>
  new GradloomError("INVALID_TREE", `there are more than ${MOST_LEVELS} levels.`, {
    path: `${path.slice(0, 60)}…`,
    remedy: "Nest less deeply: put layers into a list.",
  });

/** The containers from the root of a tree down to the current node: a walk over a caller's tree ends in an error rather than never. */
export class Ancestors {
  readonly #above = new Set<unknown>();

  /** Adds a container. Throws where it is inside itself, or too deep. */
  enter(container: unknown, path: string): void {
    if (this.#above.has(container)) {
      throw new GradloomError("INVALID_TREE", "this part contains itself.", {
        path,
        remedy: "A tree has no cycles.",
      });
    }
    if (this.#above.size >= MOST_LEVELS) throw tooDeep(path);
    this.#above.add(container);
  }

  /** Removes the container that was added last. */
  leave(container: unknown): void {
    this.#above.delete(container);
  }
}
