import { named } from "../pytree/named.ts";
import type { EmptyState, ExtraArgs, GradientTransformation, NAME } from "./transformation.ts";

/** A transformation without kernels whose trees have any type. */
interface HostTransformation<S> {
  readonly [NAME]: string;
  readonly init: (params: unknown) => S;
  readonly update: (
    updates: unknown,
    state: S,
    params: unknown,
    extra?: ExtraArgs,
  ) => readonly [updates: unknown, state: S];
}

/** Returns a new empty state. */
export const emptyState = (): EmptyState => named("EmptyState", {});

/** Makes a transformation that runs on the host give its states the name of their type. */
export const withStateType = <S extends object>(
  type: string,
  { init, update, ...rest }: HostTransformation<S>,
): GradientTransformation<S> => {
  const made = {
    ...rest,
    init: (params: unknown) => named(type, init(params)),
    update: (...args: Parameters<typeof update>) => {
      const [updates, state] = update(...args);
      return [updates, named(type, state)];
    },
  };
  return made as unknown as GradientTransformation<S>;
};
