import { builtin } from "../engine/binary.ts";
import type { Bytes } from "../engine/bytes.ts";
import { GradloomError } from "../error.ts";
import { invalidFile } from "./invalid-file.ts";

/** Returns a module of Node. Throws UNSUPPORTED where this is a page. */
const nodeModule: typeof builtin = (name: string) => {
  if (typeof process !== "undefined" && process.versions?.node) return builtin(name);
  throw new GradloomError("UNSUPPORTED", "there are no files here.", {
    path: "file",
    remedy: "Use the functions of bytes, such as load(bytes) and save(train).",
  });
};

export const fs = () => nodeModule("node:fs");
export const paths = () => nodeModule("node:path");

/** The most bytes that one call reads or writes: systems take less than 2 GiB. */
const MOST_AT_ONCE = 2 ** 30;

const REMEDIES: Readonly<Record<string, string>> = {
  ENOENT: "Look at the path: a file is written only into a folder that is there.",
  ENOSPC: "Free some space.",
  EACCES: "Look at the permissions of the file and its folder.",
};

/** Turns an error of the file system into a GradloomError that names the file; any other error stays as it is. */
export const fileError = (error: unknown, file: string): unknown => {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof GradloomError || typeof code !== "string") return error;
  return new GradloomError("FILE_UNAVAILABLE", `${message}.`, {
    path: file,
    remedy: REMEDIES[code] ?? "Look at the path and the disk.",
    cause: error,
  });
};

/** Runs a body that works with a file; errors name the file. */
export const about = async <T>(file: string, body: () => Promise<T>): Promise<T> => {
  try {
    return await body();
  } catch (error) {
    if (error instanceof GradloomError && error.path === "file")
      throw GradloomError.with(error, { path: file });
    throw fileError(error, file);
  }
};

const isUrl = (value: unknown): value is URL => Object.prototype.toString.call(value) === "[object URL]";

/** Returns whether an argument is meant as a path. */
export const isPath = (value: unknown): value is string | URL => typeof value === "string" || isUrl(value);

/** Returns the path of a file as text. */
export const pathOf = (path: unknown, owner: string): string => {
  const isAddress = /^https?:/.test(String(path));
  if (typeof path === "string" && path !== "" && !isAddress && !path.includes("\0"))
    return paths().resolve(path);
  if (isUrl(path)) {
    const { protocol } = path;
    if (protocol === "file:") return nodeModule("node:url").fileURLToPath(path);
  }
  throw new GradloomError("INVALID_HYPERPARAMETER", "this is no path of a file.", {
    path: `${owner}.path`,
    remedy: isAddress
      ? "Files elsewhere are read as bytes: load(await (await fetch(url)).arrayBuffer())."
      : 'Pass a path such as "run.safetensors", or a URL with file:.',
  });
};

/** Returns whether something is there, and which kind. */
export const kindOf = (path: string): "file" | "folder" | undefined => {
  const found = fs().statSync(path, { throwIfNoEntry: false });
  return found && (found.isDirectory() ? "folder" : "file");
};

/** Makes what has happened to the names in a folder last. Windows has no such call. */
export const syncFolder = async (folder: string): Promise<void> => {
  if (process.platform === "win32") return;
  const handle = await fs().promises.open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** An open file that is read in parts. */
export interface OpenFile {
  readonly length: number;
  /** Reads some bytes into new memory. Throws INVALID_FILE where the file ends before them. */
  read(begin: number, end: number): Promise<Bytes>;
}

const allocate = (bytes: number): Bytes => {
  try {
    return new Uint8Array(bytes);
  } catch (cause) {
    throw new GradloomError("OUT_OF_MEMORY", `there is no memory for a tensor of ${bytes} bytes.`, {
      path: "file",
      remedy: "Close what is not needed, or use a machine with more memory.",
      cause,
    });
  }
};

/** Opens a file for a body. */
export const reading = async <T>(file: string, body: (open: OpenFile) => Promise<T>): Promise<T> =>
  about(file, async () => {
    const handle = await fs().promises.open(file, "r");
    try {
      const { size } = await handle.stat();
      const read = async (begin: number, end: number): Promise<Bytes> => {
        const bytes = allocate(end - begin);
        for (let at = 0; at < bytes.length; ) {
          const most = Math.min(bytes.length - at, MOST_AT_ONCE);
          const { bytesRead } = await handle.read(bytes, at, most, begin + at);
          if (bytesRead === 0) {
            throw invalidFile(
              "the file became shorter while it was read.",
              "Read it again when nobody writes it.",
            );
          }
          at += bytesRead;
        }
        return bytes;
      };
      return await body({ length: size, read });
    } finally {
      await handle.close();
    }
  });

/** The temporary files and folders that this program is writing: others of their names are left over from a program that was killed. */
const inUse = new Set<string>();

/** Names of files and folders that are not complete yet, or no more. They begin with a dot and the name of what they are for. */
export const Temporaries = {
  /** Returns a new path in a folder. */
  take: (folder: string, target: string): string => {
    const random = nodeModule("node:crypto").randomBytes(6).toString("hex");
    const path = paths().join(folder, `.${target}.${random}.tmp`);
    inUse.add(path);
    return path;
  },

  /** Removes what is left at a path, if anything is. What cannot be removed is left to `clean`: the error before it is the one to tell. */
  release: (path: string): void => {
    if (!inUse.delete(path)) return;
    try {
      fs().rmSync(path, { force: true, recursive: true });
    } catch {}
  },

  /** Removes what killed programs have left in a folder. */
  clean: (folder: string, target: string): void => {
    for (const name of fs().readdirSync(folder)) {
      const isLeft =
        name.startsWith(`.${target}.`) && /^[0-9a-f]{12}\.tmp$/.test(name.slice(target.length + 2));
      const path = paths().join(folder, name);
      if (isLeft && !inUse.has(path)) fs().rmSync(path, { force: true, recursive: true });
    }
  },
};

interface Staged {
  readonly temporary: string;
  fd: number | undefined;
}

/** Files that become visible together: each is written under a temporary name first. */
export class Staging {
  readonly #folder: string;
  readonly #target: string;
  readonly #staged: Staged[] = [];

  /** @param target - the name of the file that readers ask for */
  constructor(folder: string, target: string) {
    this.#folder = folder;
    this.#target = target;
  }

  /** Writes a file synchronously: what its parts are now is what it holds. */
  add(parts: readonly Uint8Array[]): void {
    const staged: Staged = { temporary: Temporaries.take(this.#folder, this.#target), fd: undefined };
    this.#staged.push(staged);
    staged.fd = fs().openSync(staged.temporary, "wx");
    for (const part of parts) {
      for (let at = 0; at < part.length; ) {
        at += fs().writeSync(staged.fd, part, at, Math.min(part.length - at, MOST_AT_ONCE));
      }
    }
  }

  /** Waits until all files are on the disk, and gives them their names, in the order in which they were added. */
  async commit(names: readonly string[]): Promise<void> {
    for (const staged of this.#staged) {
      await flushed(staged.fd as number);
      fs().closeSync(staged.fd as number);
      staged.fd = undefined;
    }
    for (const [i, { temporary }] of this.#staged.entries()) {
      // What others refer to is on the disk before the last file, which refers to them.
      if (i > 0 && i === this.#staged.length - 1) await syncFolder(this.#folder);
      await fs().promises.rename(temporary, paths().join(this.#folder, names[i] as string));
    }
    await syncFolder(this.#folder);
  }

  /** Closes and removes what is left. */
  end(): void {
    for (const { fd, temporary } of this.#staged) {
      if (fd !== undefined) fs().closeSync(fd);
      Temporaries.release(temporary);
    }
  }
}

/** Waits until a file is on the disk. */
const flushed = (fd: number): Promise<void> =>
  new Promise((resolve, reject) => {
    fs().fsync(fd, (error) => (error ? reject(error) : resolve()));
  });
