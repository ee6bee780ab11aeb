import { copyLeaf } from "../../pytree/copy-arrays.ts";
import { mapWithKeys, type Parameter, type Parameters } from "./parameters.ts";
import { TensorSource, type Tensors } from "./tensor-source.ts";
import { leafFrom, tensorFrom } from "./tensors.ts";

/** Writes parameters as the weights of a model. */
export const writeModel = (params: unknown, parameters: Parameters): Tensors => {
  const tensors: [string, Tensors[string]][] = [];
  mapWithKeys(params, "params", (leaf, keys) => {
    const parameter = parameters.at(keys) as Parameter;
    tensors.push([parameter.name, tensorFrom(leaf, parameter)]);
  });
  return Object.fromEntries(tensors);
};

/** Reads the weights of a model into a tree like the given parameters; without a model it copies these. */
export const readModel = <P>(model: unknown, params: P, parameters: Parameters): P => {
  if (model === undefined) return mapWithKeys(params, "params", copyLeaf) as P;
  const checkpoint = new TensorSource(model, "model");
  const read = mapWithKeys(params, "params", (leaf, keys) => {
    const parameter = parameters.at(keys) as Parameter;
    const { name } = parameter;
    return leafFrom(checkpoint.take(name), leaf, parameter, checkpoint.pathOf(name));
  });
  checkpoint.refuseRest("Give params this parameter too, or leave the tensor out: it is of another model.");
  return read as P;
};
