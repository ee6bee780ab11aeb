/** An option as a description tells it: numbers and words as they are, functions by their names, anything else by its kind. */
export type OptionDescription =
  | null
  | boolean
  | number
  | string
  | { readonly function: string }
  | { readonly value: string };

/** What a transformation is made of: names and options that can be compared, not the transformation itself. */
export interface TransformationDescription {
  /** The name of the function that made it. */
  readonly name: string;
  /** The arguments and options of that function, defaults included, where the library knows them. */
  readonly options: Readonly<Record<string, OptionDescription>>;
  /** The transformations that run one after the other, if it is a chain. */
  readonly chain?: readonly TransformationDescription[];
  /** The transformations that it wraps. */
  readonly inner?: readonly TransformationDescription[];
}
