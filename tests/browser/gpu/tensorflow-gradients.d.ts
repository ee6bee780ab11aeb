/** A module without types of its own, which registers the gradients of all operations. */
declare module "@tensorflow/tfjs-core/dist/register_all_gradients";
