import type { Call } from "../define.ts";
import { originOf } from "../derived-schedule.ts";
import type { OptionDescription, TransformationDescription } from "../plan/description.ts";
import type { Node } from "../plan/node.ts";
import { show } from "../show.ts";
import type { Schedule } from "../types.ts";

/** The call of a public function that made a node. */
const calls = new WeakMap<Node, Call>();

/** Records which call made a node. */
export const recordCall = (node: Node, call: Call | undefined): void => {
  if (call) calls.set(node, call);
};

/** Returns the name of a function; of a schedule that the library has wrapped, that of the caller's own. */
const functionName = (given: Schedule): string => {
  const origin = originOf(given);
  return origin ? functionName(origin.source) : given.name;
};

const describeOption = (value: unknown): OptionDescription => {
  if (value === null || ["boolean", "number", "string"].includes(typeof value))
    return value as OptionDescription;
  return typeof value === "function" ? { function: functionName(value as Schedule) } : { value: show(value) };
};

/** Describes a node and those inside it. */
export const describeNode = (node: Node): TransformationDescription => {
  const own = node.describe(describeNode);
  const call = calls.get(node);
  if (!call) return own;
  const options = Object.entries(call.args).map(([name, value]) => [name, describeOption(value)]);
  return { ...own, name: call.name, options: Object.fromEntries(options) };
};
