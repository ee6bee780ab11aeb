import { GradloomError } from "../error.ts";
import { MOST_INTEGER } from "../options.ts";
import { isPlainObject } from "../pytree/tree-def.ts";
import { fileError, fs, paths, syncFolder, Temporaries } from "./node-files.ts";

/** Numbers that tell how good a checkpoint is. */
export type Metrics = Readonly<Record<string, number>>;

/** The file of a checkpoint in the folder of its step, and that of its metrics. */
const CHECKPOINT = "checkpoint.safetensors";
const METRICS = "metrics.json";

/** JSON has no numbers that are not finite: they are texts. */
const SPECIAL = ["NaN", "Infinity", "-Infinity"];

const writeMetrics = (metrics: Metrics): string =>
  `${JSON.stringify(metrics, (_, value) => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value), 2)}\n`;

const readMetrics = (file: string): Metrics | null => {
  if (!fs().existsSync(file)) return null;
  try {
    const read: unknown = JSON.parse(fs().readFileSync(file, "utf8"));
    const entries = Object.entries(isPlainObject(read) ? read : { read }).map(([name, value]) => {
      if (typeof value !== "number" && !SPECIAL.includes(value as string))
        throw new Error(`${name} is no number`);
      return [name, Number(value)];
    });
    return Object.fromEntries(entries);
  } catch (cause) {
    throw new GradloomError("INVALID_FILE", `these are no metrics (${(cause as Error).message}).`, {
      path: file,
      remedy: "Correct the file, or remove it.",
      cause,
    });
  }
};

/** Returns an error of a write about the folder that was to be, not about its temporary name. */
const errorAt = (error: unknown, folder: string): unknown => {
  const found = fileError(error, folder);
  const isOfSystem = found instanceof GradloomError && found.code === "FILE_UNAVAILABLE";
  return isOfSystem ? GradloomError.with(found, { path: folder }) : found;
};

/** Runs a body; errors of the file system name a path. */
const naming = <T>(path: string, body: () => T): T => {
  try {
    return body();
  } catch (error) {
    throw fileError(error, path);
  }
};

/** The folders of a directory that hold one checkpoint each, named by their steps. A folder gets its name when it is complete. */
export class StepFolders {
  readonly #directory: string;
  readonly #steps = new Set<number>();
  readonly #metrics = new Map<number, Metrics | null>();
  #isClean = false;

  constructor(directory: string, create: boolean) {
    this.#directory = directory;
    naming(directory, () => {
      if (create) fs().mkdirSync(directory, { recursive: true });
      this.reload();
    });
  }

  /** Returns the steps, the earliest first. */
  steps(): number[] {
    return [...this.#steps].sort((a, b) => a - b);
  }

  /** Looks at the directory again. */
  reload(): void {
    const found = naming(this.#directory, () => fs().readdirSync(this.#directory, { withFileTypes: true }));
    this.#steps.clear();
    this.#metrics.clear();
    for (const entry of found) {
      const isStep = /^(0|[1-9]\d{0,9})$/.test(entry.name) && Number(entry.name) <= MOST_INTEGER;
      if (isStep && entry.isDirectory() && this.#isCheckpoint(entry.name))
        this.#steps.add(Number(entry.name));
    }
  }

  /** Returns the path of the file of a step. */
  fileOf(step: number): string {
    return paths().join(this.#directory, String(step), CHECKPOINT);
  }

  metrics(step: number): Metrics | null {
    const known = this.#metrics.get(step);
    if (known !== undefined) return known;
    const read = readMetrics(paths().join(this.#directory, String(step), METRICS));
    this.#metrics.set(step, read);
    return read;
  }

  /**
   * Writes the folder of a step under a temporary name.
   *
   * @param writeFile - writes the file of the checkpoint
   * @returns a function that gives the folder its name
   */
  async write(
    step: number,
    metrics: Metrics | null,
    writeFile: (path: string) => Promise<unknown>,
  ): Promise<() => Promise<void>> {
    const temporary = Temporaries.take(this.#directory, "step");
    const folder = paths().join(this.#directory, String(step));
    const discard = () => Temporaries.release(temporary);
    let written: Promise<unknown> | undefined;
    try {
      this.#clean();
      fs().mkdirSync(temporary);
      written = writeFile(paths().join(temporary, CHECKPOINT));
      if (metrics)
        fs().writeFileSync(paths().join(temporary, METRICS), writeMetrics(metrics), { flush: true });
      await written;
      await syncFolder(temporary);
    } catch (error) {
      await written?.catch(() => {}); // It is not left alone with an error of its own.
      discard();
      throw errorAt(error, folder);
    }
    return async () => {
      try {
        await fs().promises.rename(temporary, folder);
        await syncFolder(this.#directory);
      } catch (error) {
        throw fileError(error, folder);
      } finally {
        discard();
      }
      this.#steps.add(step);
      this.#metrics.set(step, metrics);
    };
  }

  /**
   * Removes a step, which somebody else may have done before. Its folder loses its name first: one that is half removed is no checkpoint.
   */
  async remove(step: number): Promise<void> {
    const folder = paths().join(this.#directory, String(step));
    const temporary = Temporaries.take(this.#directory, "step");
    try {
      this.#clean();
      const isThere = fs().existsSync(folder);
      if (isThere) await fs().promises.rename(folder, temporary);
      this.#steps.delete(step);
      this.#metrics.delete(step);
      if (!isThere) return;
      await syncFolder(this.#directory);
      await fs().promises.rm(temporary, { recursive: true });
    } catch (error) {
      throw fileError(error, folder);
    } finally {
      Temporaries.release(temporary);
    }
  }

  /** Removes what killed programs have left, before the first change: who only reads leaves the directory to the program that writes it. */
  #clean(): void {
    if (this.#isClean) return;
    Temporaries.clean(this.#directory, "step");
    this.#isClean = true;
  }

  #isCheckpoint(name: string): boolean {
    const file = paths().join(this.#directory, name, CHECKPOINT);
    return fs().existsSync(file) || fs().existsSync(`${file}.index.json`);
  }
}
