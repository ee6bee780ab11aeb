import { output, succeeds } from "../shell.mjs";

const isRoot = process.getuid?.() === 0;

/** Returns the prefix that runs a command as root without a password, undefined where there is none. */
export const sudo = () =>
  isRoot ? [] : output("sudo", ["-n", "true"]) === undefined ? undefined : ["sudo", "-n"];

/** Runs a command as root. */
export const asRoot = (command, args) => {
  const [first, ...rest] = [...(sudo() ?? []), command, ...args];
  return succeeds(first, rest);
};

/** Returns why packages cannot be installed, undefined where they can. */
export const aptObstacle = () => {
  if (!output("apt-get", ["--version"])) return "there is no apt-get";
  if (!sudo()) return "there is neither root nor a sudo that does not ask";
  return undefined;
};

/** Installs Debian packages, without those that they only recommend. */
export const aptInstall = (packages) => {
  asRoot("apt-get", ["update", "-qq"]);
  return asRoot("env", [
    "DEBIAN_FRONTEND=noninteractive",
    ...["apt-get", "install", "-y", "-qq", "--no-install-recommends", ...packages],
  ]);
};
