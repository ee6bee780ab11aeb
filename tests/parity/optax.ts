import { readFileSync } from "node:fs";

/** The entry of one name in Optax's API. */
export interface OptaxName {
  readonly kind: "function" | "class" | "type";
  /** Parameters with the text of their defaults, null where there is none. */
  readonly parameters?: Readonly<Record<string, string | null>>;
  readonly variadic?: boolean;
}

/** Optax's public names by module, as tests/golden/make_api.py found them. */
export const optax = JSON.parse(
  readFileSync(new URL("../golden/fixtures/optax-api.json", import.meta.url), "utf8"),
) as Readonly<Record<string, Readonly<Record<string, OptaxName>>>>;

/** Turns a name of Optax into ours: snake_case becomes camelCase, classes and types stay. */
export const camelCase = (name: string): string =>
  name.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** Returns the path in gradloom of a name of an Optax module: `optax.contrib.muon` is `contrib.muon`. */
export const ourName = (module: string, name: string): string =>
  [...module.split(".").slice(1), name].map(camelCase).join(".");
