/** Registers the gradients of all operations; it comes without types. */
declare module "@tensorflow/tfjs-core/dist/register_all_gradients";
