import { resolveEngine } from "../engine/registry.ts";
import { GradloomError } from "../error.ts";
import { type Lowering, lower } from "../plan/lowering.ts";
import { NODE, type Node, type Transformation } from "../plan/node.ts";
import { cloneHost, cloneState, mapState, NONE, replaceSlots, type StateHolder } from "../plan/state.ts";
import { GRADS, PARAMS, UPDATES } from "../plan/step.ts";
import type { Bind, ExtraArgs } from "../plan/transformation.ts";
import { copyArrays } from "../pytree/copy-arrays.ts";
import { copyArray, type ElementArray } from "../pytree/dtype.ts";
import { hasLayout, type Layout, layoutKey, layoutOf, readTree, writeTree } from "../pytree/layout.ts";
import { culprit } from "./culprit.ts";
import { MemoryProgram } from "./memory-program.ts";
import { copying, type StepInput } from "./step-input.ts";

/** The number of plans cached for one transformation, one for each layout: more than a training loop has. */
const MOST_PLANS = 8;

interface Plan {
  readonly lowering: Lowering;
  /** A program that no call uses at the moment. */
  program?: MemoryProgram | undefined;
  /** Whether the plan has left the cache. */
  forgotten?: boolean;
}

/** For each state the layout of the parameters that it was made for: an error then names the right tree. */
const madeFor = new WeakMap<object, Layout>();

/** A call of `update` whose arguments have been checked and loaded into the program. */
interface Call {
  readonly plan: Plan;
  readonly program: MemoryProgram;
  readonly next: StateHolder;
  readonly grads: readonly ElementArray[];
  readonly input: StepInput;
}

/** Returns the updates and the state of a call in new arrays, and leaves its program to the next call. */
const finish = ({ plan, program, next, grads }: Call): [updates: unknown, state: unknown] => {
  const { lowering } = plan;
  const { layout, integers } = lowering.builder;
  const updates = writeTree(layout, (i) =>
    i < layout.leaves.length ? program.arena.leaf(UPDATES, i).slice() : integers.update(i, grads),
  );
  const copies = replaceSlots((ref) => program.slotCopy(ref));
  const state = mapState(lowering.state, next.state, "state", copies);
  madeFor.set(state as object, lowering.builder.layout);
  if (plan.program || plan.forgotten) program.close();
  else plan.program = program;
  return [updates, state];
};

/**
 * Makes the pure pair of functions of a transformation from its node.
 *
 * @param mostPlans - the number of layouts whose plans and memory are kept for the next call
 */
export const fromNode = <S>(node: Node, mostPlans = MOST_PLANS): Transformation<S> => {
  const plans = new Map<string, Plan>();
  let recent: Plan | undefined;
  let takesPart: boolean | undefined;

  const planFor = (tree: unknown, root: string): Plan => {
    if (recent && hasLayout(recent.lowering.builder.layout, tree)) return recent;
    const layout = layoutOf(tree, root);
    const key = layoutKey(layout);
    recent = plans.get(key) ?? { lowering: lower(node, layout, tree) };
    plans.delete(key);
    plans.set(key, recent);
    if (plans.size > mostPlans) {
      const [oldest, plan] = plans.entries().next().value as [string, Plan];
      plan.program?.close();
      plan.forgotten = true;
      plans.delete(oldest);
    }
    return recent;
  };

  /** Takes the program out of its plan, so that a call inside or beside this one opens another. */
  const takeProgram = (plan: Plan): MemoryProgram => {
    const { program } = plan;
    const engine = resolveEngine();
    plan.program = undefined;
    if (program?.engine === engine) return program;
    program?.close();
    return new MemoryProgram(plan.lowering, engine, "updates");
  };

  const begin = (updates: unknown, state: unknown, params: unknown, extra: ExtraArgs | undefined): Call => {
    try {
      return load(updates, state, params, extra);
    } catch (error) {
      if (!(error instanceof GradloomError)) throw error;
      throw culprit(node, error, { updates, state, params }, madeFor.get(state as object));
    }
  };

  const load = (updates: unknown, state: unknown, params: unknown, extra: ExtraArgs | undefined): Call => {
    takesPart ??= (node.gradientsOf?.() ?? []).length > 0;
    const plan = takesPart && params !== undefined ? planFor(params, "params") : planFor(updates, "updates");
    const { builder, state: layout, gradients } = plan.lowering;
    const grads = readTree(gradients.layout, updates, "updates", { nullIntegers: true });
    builder.integers.refuseUsed(grads, "updates");
    const given =
      params === undefined ? undefined : readTree(builder.layout, params, "params", { surplus: true });
    if (!given && builder.needsParams) throw paramsRequired(builder.needsParams);

    const program = takeProgram(plan);
    try {
      const { arena } = program;
      const every = builder.layout.leaves.map((_, i) => i);
      const next = {
        state: mapState(layout, state, "state", {
          slot: (ref, value, path) =>
            arena.load(ref.buffer, ref.leaves, readTree(ref.layout, value, path, { extraIntegers: true })),
          host: cloneHost,
          opaque: (_, value) => copyArrays(value),
        }),
      };
      arena.load(GRADS, gradients.leaves, grads);
      if (given && arena.has(PARAMS)) arena.load(PARAMS, every, given);
      const copies = () => given?.map(copyArray);
      return { plan, program, next, grads, input: copying(copies, extra) };
    } catch (error) {
      program.close();
      throw error;
    }
  };

  return {
    [NODE]: node,

    init<P>(params: P): Bind<S, P> {
      const { state: layout, builder } = planFor(params, "params").lowering;
      const state = initState(layout, readTree(builder.layout, params, "params"));
      madeFor.set(state as object, builder.layout);
      return state as Bind<S, P>;
    },

    update<P>(updates: P, state: Bind<S, P>, params?: P, extra?: ExtraArgs): [P, Bind<S, P>] {
      const call = begin(updates, state, params, extra);
      try {
        call.program.step(call.next, call.input);
        return finish(call) as [P, Bind<S, P>];
      } catch (error) {
        call.program.close();
        throw error;
      }
    },

    async updateAsync<P>(
      updates: P,
      state: Bind<S, P>,
      params?: P,
      extra?: ExtraArgs,
    ): Promise<[P, Bind<S, P>]> {
      const call = begin(updates, state, params, extra);
      try {
        await call.program.stepAsync(call.next, call.input);
        return finish(call) as [P, Bind<S, P>];
      } catch (error) {
        call.program.close();
        throw error;
      }
    },
  };
};

/** Returns the state before the first step, in new arrays. */
export const initState = (layout: Lowering["state"], arrays: readonly ElementArray[]): unknown => {
  const visit = cloneState(
    (ref) => writeTree(ref.layout, (leaf) => ref.first(leaf, arrays)),
    () => arrays.map(copyArray),
  );
  return mapState(layout, NONE, "state", visit);
};

/** Makes the error for a transformation, by its name, that was not given the parameters. */
export const paramsRequired = (name: string): GradloomError =>
  new GradloomError("PARAMS_REQUIRED", "this transformation needs the parameters.", {
    path: name,
    remedy: "Call update(updates, state, params).",
  });
