import { getBackend } from "@tensorflow/tfjs-core";
import type { Backend } from "./backend.ts";
import { copies } from "./copies.ts";
import { cpu } from "./cpu.ts";
import { wasm } from "./wasm.ts";
import { webgpu } from "./webgpu.ts";

/** The backends whose memory the optimizer can reach, by name; on all others it copies. */
const REACHED: Readonly<Record<string, Backend>> = { cpu, wasm, webgpu };

/** Returns how the current backend of TensorFlow.js is treated. */
export const findBackend = (): Backend => REACHED[getBackend()] ?? copies;
