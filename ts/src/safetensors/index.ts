export type { OptionDescription, TransformationDescription } from "../plan/description.ts";
export {
  type Carried,
  CarriedOver,
  type CarryOverOptions,
  type CarryOverReport,
  carryOver,
} from "./carry-over.ts";
export { Checkpoint } from "./checkpoint.ts";
export type { OptionDifference } from "./compare-chains.ts";
export type { FileTensor } from "./elements.ts";
export type { FileContents, Metadata } from "./format.ts";
export { type LoadOptions, load } from "./load.ts";
export { CheckpointManager, type CheckpointManagerOptions, type ManagedSaveOptions } from "./manager.ts";
export {
  deserialize,
  loadFile,
  type NamedTensors,
  type SaveFileOptions,
  type SerializeOptions,
  saveFile,
  serialize,
} from "./plain.ts";
export type { Rename } from "./rename.ts";
export { type DeviceSaveable, type Saveable, type SaveOptions, type SavePathOptions, save } from "./save.ts";
export type { Metrics } from "./step-folders.ts";
