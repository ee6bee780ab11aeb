import { getHeaders } from "../engine/registry.ts";
import { GradloomError } from "../error.ts";
import { Collected, type Contents, type FileContents, PREFIX, partsOf } from "./format.ts";
import { parseJson } from "./invalid-file.ts";
import { about, fileError, fs, kindOf, paths, reading, Staging, Temporaries } from "./node-files.ts";
import { baseOf, indexOf, isShardOf, nextBase, readIndex, shardNames, split, writeIndex } from "./shards.ts";

/** The largest index that is read, in bytes: as large as a header may be. */
const LARGEST_INDEX = 1e8;

const damaged = (message: string, file: string): GradloomError =>
  new GradloomError("INVALID_FILE", message, {
    path: file,
    remedy: "Get all files of the set again: some are damaged, or of another one.",
  });

/** Reads one file into a collection; `check` sees the names of its tensors before their data is read. */
const readInto = (into: Collected, file: string, check?: (names: readonly string[]) => void): Promise<void> =>
  reading(file, async ({ length, read }) => {
    const headers = getHeaders();
    const start = PREFIX + headers.length(await read(0, Math.min(PREFIX, length)), length);
    const contents = headers.read(await read(PREFIX, start), length - start);
    check?.(contents.tensors.map(({ name }) => name));
    into.describe(contents);
    for (const entry of contents.tensors) into.add(entry, await read(start + entry.begin, start + entry.end));
  });

const readIndexFile = (file: string): Promise<ReadonlyMap<string, string>> =>
  reading(file, async ({ length, read }) => {
    if (length > LARGEST_INDEX) throw damaged(`an index of ${length} bytes is too long.`, "file");
    return readIndex(parseJson(new TextDecoder().decode(await read(0, length)), "the index"));
  });

const readShards = async (index: string): Promise<FileContents> => {
  const files = new Map<string, Set<string>>();
  for (const [tensor, file] of await readIndexFile(index)) {
    const tensors = files.get(file);
    if (tensors) tensors.add(tensor);
    else files.set(file, new Set([tensor]));
  }
  const collected = new Collected();
  for (const [name, tensors] of files) {
    const file = paths().join(paths().dirname(index), name);
    await readInto(collected, file, (found) => {
      const other = found.find((tensor) => !tensors.has(tensor));
      if (other === undefined && found.length === tensors.size) return;
      const which = other ?? [...tensors].find((tensor) => !found.includes(tensor)) ?? "";
      throw damaged(
        `the index and this file disagree about the tensor ${JSON.stringify(which.slice(0, 200))}.`,
        file,
      );
    });
  }
  return collected;
};

/** Returns the only file in a folder that an ending fits, undefined where there is none or several. */
const onlyOne = (folder: string, ending: string): string | undefined => {
  const found = fs()
    .readdirSync(folder)
    .filter((name) => name.endsWith(ending) && !name.startsWith("."));
  return found.length === 1 ? paths().join(folder, found[0] as string) : undefined;
};

/** Returns the file to read for a path: an index, or a file of tensors. */
const fileFor = (path: string): string => {
  const kind = kindOf(path);
  if (kind === "folder") {
    const found = onlyOne(path, ".safetensors.index.json") ?? onlyOne(path, ".safetensors");
    if (found !== undefined) return found;
    throw new GradloomError(
      "FILE_UNAVAILABLE",
      "the folder has not one file of tensors, or one index of several.",
      {
        path,
        remedy: "Pass the path of the file or of its index.",
      },
    );
  }
  return kind === undefined && kindOf(indexOf(path)) === "file" ? indexOf(path) : path;
};

/** Reads a file, a divided file through its index, or the only one of a folder. */
export const readPath = (path: string): Promise<FileContents> =>
  about(path, async () => {
    const file = fileFor(path);
    if (file.endsWith(".index.json")) return readShards(file);
    const collected = new Collected();
    await readInto(collected, file);
    return collected;
  });

/** Returns the names of the parts that the index at a place refers to; none where there is no index that can be read. */
const usedBy = (index: string): ReadonlySet<string> => {
  try {
    return new Set(readIndex(JSON.parse(fs().readFileSync(index, "utf8"))).values());
  } catch {
    return new Set();
  }
};

/** Returns names for the parts of a file that are not in use. */
const shardsOf = (folder: string, name: string, count: number): string[] =>
  shardNames(nextBase(baseOf(name), usedBy(paths().join(folder, indexOf(name)))), count);

/** Removes the files of former saves at a place, but those of the last one. */
const removeOld = (folder: string, name: string, kept: readonly string[]): void => {
  const shards = fs()
    .readdirSync(folder)
    .filter((found) => isShardOf(baseOf(name), found));
  // An index goes before the parts that it refers to.
  for (const found of [name, indexOf(name), ...shards]) {
    if (!kept.includes(found)) fs().rmSync(paths().join(folder, found), { force: true });
  }
};

/** The end of the last save at each path: saves at one path take turns, so that the last one that was called is what stays. */
const turns = new Map<string, Promise<unknown>>();

const inTurn = async <T>(path: string, body: () => Promise<T>): Promise<T> => {
  const turn = (turns.get(path) ?? Promise.resolve()).then(body);
  const end = turn.catch(() => {});
  turns.set(path, end);
  try {
    return await turn;
  } finally {
    if (turns.get(path) === end) turns.delete(path);
  }
};

/**
 * Writes a file, or several with an index where it would be too large. What the tensors are at the call is what the files hold: they are
 * written before this function returns, and the promise waits for the disk. Until the last file has its name, the former save is what
 * readers see.
 *
 * @returns the paths of the files
 */
export const writePath = async (
  path: string,
  contents: Contents,
  maxShardSize: number,
): Promise<readonly string[]> => {
  const [folder, name] = [paths().dirname(path), paths().basename(path)];
  const staging = new Staging(folder, name);
  try {
    const shards = split(contents, maxShardSize);
    const files = shards.map(partsOf);
    Temporaries.clean(folder, name);
    for (const parts of files) staging.add(parts);
    return await inTurn(path, async () => {
      const names = shards.length === 1 ? [name] : shardsOf(folder, name, shards.length);
      if (shards.length > 1) {
        staging.add([new TextEncoder().encode(writeIndex(shards, names))]);
        names.push(indexOf(name));
      }
      await staging.commit(names);
      removeOld(folder, name, names);
      return names.map((file) => paths().join(folder, file));
    });
  } catch (error) {
    throw fileError(error, path);
  } finally {
    staging.end();
  }
};
