/** What Linux is told where a driver is missing: tests fail without it, and never run on another GPU. */
const MISSING = "/nonexistent/vulkan-driver.json";

/** The environment in which Vulkan has these drivers and no others. Other systems have GPUs of their own. */
export const vulkanWith = (...files) => {
  if (process.platform !== "linux") return {};
  const known = files.filter((name) => name !== undefined).join(":") || MISSING;
  return { VK_DRIVER_FILES: known, VK_ICD_FILENAMES: known };
};
