import * as tf from "@tensorflow/tfjs";
import { type Program, randomFrom, takeNumber } from "./program.ts";

/** The position and the speed of the cart, the angle and the angular speed of the pole. */
type State = readonly [number, number, number, number];

const GRAVITY = 9.8;
const CART = 1;
const POLE = 0.1;
const HALF_LENGTH = 0.5;
const FORCE = 10;
const SECONDS = 0.02;

/** Pushes the cart to the right or to the left. */
const push = ([x, speed, angle, turn]: State, right: boolean): State => {
  const total = CART + POLE;
  const force = right ? FORCE : -FORCE;
  const pull = (force + POLE * HALF_LENGTH * turn ** 2 * Math.sin(angle)) / total;
  const lever = HALF_LENGTH * (4 / 3 - (POLE * Math.cos(angle) ** 2) / total);
  const turning = (GRAVITY * Math.sin(angle) - Math.cos(angle) * pull) / lever;
  const pushing = pull - (POLE * HALF_LENGTH * turning * Math.cos(angle)) / total;
  return [x + SECONDS * speed, speed + SECONDS * pushing, angle + SECONDS * turn, turn + SECONDS * turning];
};

const fallen = ([x, , angle]: State): boolean => Math.abs(x) > 2.4 || Math.abs(angle) > Math.PI / 15;

/** Returns the discounted rewards of a game: one for each move until the pole falls. */
const discounted = (moves: number): number[] => {
  const rewards: number[] = [];
  for (let move = 0, sum = 0; move < moves; move++) {
    sum = 1 + 0.95 * sum;
    rewards.unshift(sum);
  }
  return rewards;
};

/** A policy that learns to balance a pole on a cart: gradients of each game by `tf.variableGrads`, weighted, then `applyGradients`. */
export const cartPole: Program = async (newOptimizer) => {
  const variable = (shape: number[], seed: number): tf.Variable =>
    tf.tidy(() => tf.variable(tf.randomNormal(shape, 0, 0.5, "float32", seed)));
  const [hidden, output, bias] = [variable([4, 8], 1), variable([8, 1], 2), variable([1], 3)];
  const logits = (states: tf.Tensor2D) => tf.add(tf.matMul(tf.tanh(tf.matMul(states, hidden)), output), bias);
  const random = randomFrom(3);

  const play = async (): Promise<{ states: State[]; rights: number[] }> => {
    const game = { states: [] as State[], rights: [] as number[] };
    let state: State = [0, 0, 0.05 * (random() - 0.5), 0];
    while (!fallen(state) && game.states.length < 40) {
      const chance = await takeNumber(tf.tidy(() => tf.sigmoid(logits(tf.tensor2d([[...state]])))));
      const right = random() < chance;
      game.states.push(state);
      game.rights.push(right ? 1 : 0);
      state = push(state, right);
    }
    return game;
  };

  const optimizer = newOptimizer();
  const losses: number[] = [];
  for (let iteration = 0; iteration < 10; iteration++) {
    const games = [await play(), await play(), await play()];
    const { value, grads } = tf.tidy(() => {
      const states = tf.tensor2d(games.flatMap(({ states }) => states.map((state) => [...state])));
      const rights = tf.tensor2d(games.flatMap(({ rights }) => rights.map((right) => [right])));
      const rewards = games.flatMap(({ states }) => discounted(states.length).map((reward) => [reward]));
      return tf.variableGrads(
        () => tf.losses.sigmoidCrossEntropy(rights, logits(states), tf.tensor2d(rewards)) as tf.Scalar,
      );
    });
    losses.push(await takeNumber(value));
    optimizer.applyGradients(grads);
    tf.dispose(grads);
  }
  optimizer.dispose();
  tf.dispose([hidden, output, bias]);
  return losses;
};
