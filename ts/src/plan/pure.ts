import { resolveEngine } from "../engine/registry.ts";
import { GradloomError } from "../error.ts";
import { hasLayout, layoutKey, layoutOf, readTree, writeTree } from "../pytree/layout.ts";
import { dataOf, type Leaf } from "../pytree/leaf.ts";
import { flatten } from "../pytree/tree-def.ts";
import { GRADS, PARAMS, UPDATES } from "./arena.ts";
import { type Lowering, lower } from "./lowering.ts";
import { NODE, type Node, type Transformation } from "./node.ts";
import { Program } from "./program.ts";
import { cloneHost, mapState, NONE, type StateHolder } from "./state.ts";
import type { Bind, ExtraArgs } from "./transformation.ts";

/** Plans are kept for this many layouts of one transformation: more than a training loop has. */
const MOST_PLANS = 8;

interface Plan {
  readonly lowering: Lowering;
  program?: Program;
}

/** One update on its way: everything is checked, and loaded into the program. */
interface Call {
  readonly plan: Plan;
  readonly program: Program;
  readonly next: StateHolder;
  readonly params: readonly unknown[] | undefined;
}

/** Updates and state of a call that has succeeded, in new arrays. */
const results = ({ plan: { lowering }, program, next }: Call): [updates: unknown, state: unknown] => [
  writeTree(lowering.builder.layout, (i) => program.arena.leaf(UPDATES, i).slice()),
  mapState(lowering.state, next.state, "state", {
    slot: (ref) => program.slotCopy(ref),
    host: (_, value) => value,
    opaque: (_, value) => value,
  }),
];

/** Makes the pure pair of functions of a transformation from its node. */
export const fromNode = <S>(node: Node): Transformation<S> => {
  const plans = new Map<string, Plan>();
  let recent: Plan | undefined;

  const planFor = (tree: unknown, root: string): Plan => {
    if (recent && hasLayout(recent.lowering.builder.layout, tree, root)) return recent;
    const layout = layoutOf(tree, root);
    const key = layoutKey(layout);
    recent = plans.get(key) ?? { lowering: lower(node, layout, tree) };
    plans.delete(key);
    plans.set(key, recent);
    if (plans.size > MOST_PLANS) {
      const [oldest, plan] = plans.entries().next().value as [string, Plan];
      plan.program?.close();
      plans.delete(oldest);
    }
    return recent;
  };

  const programFor = (plan: Plan): Program => {
    const engine = resolveEngine();
    if (plan.program?.engine !== engine) {
      plan.program?.close();
      plan.program = new Program(plan.lowering, engine, "updates");
    }
    return plan.program;
  };

  const begin = (updates: unknown, state: unknown, params: unknown): Call => {
    const plan = planFor(updates, "updates");
    const { builder, state: layout } = plan.lowering;
    const grads = readTree(builder.layout, updates, "updates");
    const given = params === undefined ? undefined : readTree(builder.layout, params, "params");
    if (!given && builder.needsParams) throw paramsRequired(builder.needsParams);

    const program = programFor(plan);
    const { arena } = program;
    const every = builder.layout.leaves.map((_, i) => i);
    const next = {
      state: mapState(layout, state, "state", {
        slot: (ref, value, path) => arena.load(ref.buffer, ref.leaves, readTree(ref.layout, value, path)),
        host: cloneHost,
        opaque: (_, value) => value,
      }),
    };
    arena.load(GRADS, every, grads);
    if (given && arena.has(PARAMS)) arena.load(PARAMS, every, given);
    return { plan, program, next, params: given };
  };

  return {
    [NODE]: node,

    init<P>(params: P): Bind<S, P> {
      const { state } = planFor(params, "params").lowering;
      return initState(state, params) as Bind<S, P>;
    },

    update<P>(updates: P, state: Bind<S, P>, params?: P, extra?: ExtraArgs): [P, Bind<S, P>] {
      const call = begin(updates, state, params);
      call.program.step(call.next, { params: call.params, extra });
      return results(call) as [P, Bind<S, P>];
    },

    async updateAsync<P>(
      updates: P,
      state: Bind<S, P>,
      params?: P,
      extra?: ExtraArgs,
    ): Promise<[P, Bind<S, P>]> {
      const call = begin(updates, state, params);
      const { plan, program } = call;
      delete plan.program;
      try {
        await program.stepAsync(call.next, { params: call.params, extra });
        return results(call) as [P, Bind<S, P>];
      } finally {
        if (plan.program || ![...plans.values()].includes(plan)) program.close();
        else plan.program = program;
      }
    },
  };
};

/** The state before the first step, over new arrays. */
export const initState = (layout: Lowering["state"], params: unknown): unknown => {
  const arrays = flatten<Leaf>(params, "params").leaves.map(dataOf);
  return mapState(layout, NONE, "state", {
    slot: (ref) => writeTree(ref.layout, (leaf) => ref.first(leaf, arrays)),
    host: cloneHost,
    opaque: (ref) => ref.init(arrays),
  });
};

const paramsRequired = (name: string): GradloomError =>
  new GradloomError("PARAMS_REQUIRED", "this transformation needs the parameters.", {
    path: name,
    remedy: "Call update(updates, state, params).",
  });
