/** The path given to Vulkan where a driver is missing: tests then fail, and do not run on some other GPU. */
const MISSING = "/nonexistent/vulkan-driver.json";

/** Returns the environment in which Vulkan has these drivers and no others; empty except on Linux, where alone they are installed. */
export const vulkanWith = (...files) => {
  if (process.platform !== "linux") return {};
  const known = files.filter((name) => name !== undefined).join(":") || MISSING;
  return { VK_DRIVER_FILES: known, VK_ICD_FILENAMES: known };
};
