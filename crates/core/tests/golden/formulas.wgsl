// scale(; step_size)
let v0 = step_size * u;
u = v0;

// set_to_zero(; )
u = 0.0;

// add_decayed_weights(; weight_decay)
let v0 = weight_decay * p;
let v1 = u + v0;
u = v1;

// trace(trace; decay)
let v0 = decay * trace;
let v1 = u + v0;
trace = v1;
u = v1;

// trace_nesterov(trace; decay)
let v0 = decay * trace;
let v1 = u + v0;
let v2 = decay * v1;
let v3 = u + v2;
trace = v1;
u = v3;

// muon_momentum(mu; beta, one_minus_beta, momentum_factor, gradient_factor)
let v0 = one_minus_beta * u;
let v1 = beta * mu;
let v2 = v0 + v1;
let v3 = momentum_factor * v2;
let v4 = gradient_factor * u;
let v5 = v3 + v4;
mu = v2;
u = v5;

// muon_momentum_kept(mu, momentum; beta, one_minus_beta, momentum_factor, gradient_factor)
let v0 = one_minus_beta * u;
let v1 = beta * mu;
let v2 = v0 + v1;
let v3 = momentum_factor * v2;
let v4 = gradient_factor * u;
let v5 = v3 + v4;
mu = v2;
momentum = v5;
u = v5;

// ema(ema; decay, one_minus_decay, c)
let v0 = one_minus_decay * u;
let v1 = decay * ema;
let v2 = v0 + v1;
let v3 = v2 * c;
ema = v2;
u = v3;

// apply_every(grad_acc; keep, emit)
let v0 = 0.0 < keep;
let v1 = select(0.0, grad_acc, v0);
let v2 = v1 + u;
let v3 = 0.0 < emit;
let v4 = select(0.0, v2, v3);
grad_acc = v2;
u = v4;

// scale_by_adam(mu, nu; b1, one_minus_b1, b2, one_minus_b2, c1, c2, eps, eps_root)
let v0 = one_minus_b1 * u;
let v1 = b1 * mu;
let v2 = v0 + v1;
let v3 = u * u;
let v4 = one_minus_b2 * v3;
let v5 = b2 * nu;
let v6 = v4 + v5;
let v7 = v2 * c1;
let v8 = v6 * c2;
let v9 = v8 + eps_root;
let v10 = sqrt(v9);
let v11 = v10 + eps;
let v12 = v7 / v11;
mu = v2;
nu = v6;
u = v12;

// scale_by_adam_nesterov(mu, nu; b1, one_minus_b1, b2, one_minus_b2, c1, c1_next, c2, eps, eps_root)
let v0 = one_minus_b1 * u;
let v1 = b1 * mu;
let v2 = v0 + v1;
let v3 = u * u;
let v4 = one_minus_b2 * v3;
let v5 = b2 * nu;
let v6 = v4 + v5;
let v7 = v2 * c1_next;
let v8 = b1 * v7;
let v9 = u * c1;
let v10 = one_minus_b1 * v9;
let v11 = v8 + v10;
let v12 = v6 * c2;
let v13 = v12 + eps_root;
let v14 = sqrt(v13);
let v15 = v14 + eps;
let v16 = v11 / v15;
mu = v2;
nu = v6;
u = v16;

// scale_by_amsgrad(mu, nu, nu_max; b1, one_minus_b1, b2, one_minus_b2, c1, c2, eps, eps_root)
let v0 = one_minus_b1 * u;
let v1 = b1 * mu;
let v2 = v0 + v1;
let v3 = u * u;
let v4 = one_minus_b2 * v3;
let v5 = b2 * nu;
let v6 = v4 + v5;
let v7 = v6 * c2;
let v8 = v7 < nu_max;
let v9 = (bitcast<u32>(nu_max) & 0x7fffffffu) > 0x7f800000u;
let v10 = v8 | v9;
let v11 = select(v7, nu_max, v10);
let v12 = v2 * c1;
let v13 = v11 + eps_root;
let v14 = sqrt(v13);
let v15 = v14 + eps;
let v16 = v12 / v15;
mu = v2;
nu = v6;
nu_max = v11;
u = v16;

// scale_by_adamax(mu, nu; b1, one_minus_b1, b2, c1, eps)
let v0 = one_minus_b1 * u;
let v1 = b1 * mu;
let v2 = v0 + v1;
let v3 = abs(u);
let v4 = v3 + eps;
let v5 = b2 * nu;
let v6 = v5 < v4;
let v7 = (bitcast<u32>(v4) & 0x7fffffffu) > 0x7f800000u;
let v8 = v6 | v7;
let v9 = select(v5, v4, v8);
let v10 = v2 * c1;
let v11 = v10 / v9;
mu = v2;
nu = v9;
u = v11;

// scale_by_adan(m, v, n, g; b1, one_minus_b1, b2, one_minus_b2, b3, one_minus_b3, c1, c2, c3, eps, eps_root, started)
let v0 = 0.0 < started;
let v1 = u - g;
let v2 = select(0.0, v1, v0);
let v3 = one_minus_b1 * u;
let v4 = b1 * m;
let v5 = v3 + v4;
let v6 = one_minus_b2 * v2;
let v7 = b2 * v;
let v8 = v6 + v7;
let v9 = u + v6;
let v10 = v9 * v9;
let v11 = one_minus_b3 * v10;
let v12 = b3 * n;
let v13 = v11 + v12;
let v14 = v5 * c1;
let v15 = v8 * c2;
let v16 = one_minus_b2 * v15;
let v17 = v14 + v16;
let v18 = v13 * c3;
let v19 = v18 + eps_root;
let v20 = sqrt(v19);
let v21 = v20 + eps;
let v22 = v17 / v21;
m = v5;
v = v8;
n = v13;
g = u;
u = v22;

// scale_by_belief(mu, nu; b1, one_minus_b1, b2, one_minus_b2, c1, c2, eps, eps_root)
let v0 = one_minus_b1 * u;
let v1 = b1 * mu;
let v2 = v0 + v1;
let v3 = u - v2;
let v4 = v3 * v3;
let v5 = one_minus_b2 * v4;
let v6 = b2 * nu;
let v7 = v5 + v6;
let v8 = v7 + eps_root;
let v9 = v2 * c1;
let v10 = v8 * c2;
let v11 = sqrt(v10);
let v12 = v11 + eps;
let v13 = v9 / v12;
mu = v2;
nu = v8;
u = v13;

// scale_by_belief_nesterov(mu, nu; b1, one_minus_b1, b2, one_minus_b2, c1, c1_next, c2, eps, eps_root)
let v0 = one_minus_b1 * u;
let v1 = b1 * mu;
let v2 = v0 + v1;
let v3 = u - v2;
let v4 = v3 * v3;
let v5 = one_minus_b2 * v4;
let v6 = b2 * nu;
let v7 = v5 + v6;
let v8 = v7 + eps_root;
let v9 = v2 * c1_next;
let v10 = b1 * v9;
let v11 = u * c1;
let v12 = one_minus_b1 * v11;
let v13 = v10 + v12;
let v14 = v8 * c2;
let v15 = sqrt(v14);
let v16 = v15 + eps;
let v17 = v13 / v16;
mu = v2;
nu = v8;
u = v17;

// scale_by_yogi(mu, nu; b1, one_minus_b1, one_minus_b2, c1, c2, eps, eps_root)
let v0 = u * u;
let v1 = one_minus_b1 * u;
let v2 = b1 * mu;
let v3 = v1 + v2;
let v4 = nu - v0;
let v5 = v4 < 0.0;
let v6 = select(v4, (-1.0), v5);
let v7 = 0.0 < v4;
let v8 = select(v6, 1.0, v7);
let v9 = one_minus_b2 * v8;
let v10 = v9 * v0;
let v11 = nu - v10;
let v12 = v3 * c1;
let v13 = v11 * c2;
let v14 = v13 + eps_root;
let v15 = sqrt(v14);
let v16 = v15 + eps;
let v17 = v12 / v16;
mu = v3;
nu = v11;
u = v17;

// scale_by_radam(mu, nu; b1, one_minus_b1, b2, one_minus_b2, c1, c2, eps, eps_root, rectify)
let v0 = one_minus_b1 * u;
let v1 = b1 * mu;
let v2 = v0 + v1;
let v3 = u * u;
let v4 = one_minus_b2 * v3;
let v5 = b2 * nu;
let v6 = v4 + v5;
let v7 = v2 * c1;
let v8 = rectify * v7;
let v9 = v6 * c2;
let v10 = v9 + eps_root;
let v11 = sqrt(v10);
let v12 = v11 + eps;
let v13 = v8 / v12;
let v14 = 0.0 <= rectify;
let v15 = select(v7, v13, v14);
mu = v2;
nu = v6;
u = v15;

// scale_by_radam_nesterov(mu, nu; b1, one_minus_b1, b2, one_minus_b2, c1, c1_next, c2, eps, eps_root, rectify)
let v0 = one_minus_b1 * u;
let v1 = b1 * mu;
let v2 = v0 + v1;
let v3 = u * u;
let v4 = one_minus_b2 * v3;
let v5 = b2 * nu;
let v6 = v4 + v5;
let v7 = v2 * c1_next;
let v8 = b1 * v7;
let v9 = u * c1;
let v10 = one_minus_b1 * v9;
let v11 = v8 + v10;
let v12 = rectify * v11;
let v13 = v6 * c2;
let v14 = v13 + eps_root;
let v15 = sqrt(v14);
let v16 = v15 + eps;
let v17 = v12 / v16;
let v18 = 0.0 <= rectify;
let v19 = select(v11, v17, v18);
mu = v2;
nu = v6;
u = v19;

// scale_by_rss(sum_of_squares; eps)
let v0 = u * u;
let v1 = v0 + sum_of_squares;
let v2 = v1 + eps;
let v3 = sqrt(v2);
let v4 = 0.0 < v1;
let v5 = u / v3;
let v6 = 0.0 * u;
let v7 = select(v6, v5, v4);
sum_of_squares = v1;
u = v7;

// scale_by_rms(nu; decay, one_minus_decay, eps, c)
let v0 = u * u;
let v1 = one_minus_decay * v0;
let v2 = decay * nu;
let v3 = v1 + v2;
let v4 = v3 * c;
let v5 = v4 + eps;
let v6 = sqrt(v5);
let v7 = u / v6;
nu = v3;
u = v7;

// scale_by_rms_eps_outside(nu; decay, one_minus_decay, eps, c)
let v0 = u * u;
let v1 = one_minus_decay * v0;
let v2 = decay * nu;
let v3 = v1 + v2;
let v4 = v3 * c;
let v5 = sqrt(v4);
let v6 = v5 + eps;
let v7 = 1.0 / v6;
let v8 = u * v7;
nu = v3;
u = v8;

// scale_by_stddev(mu, nu; decay, one_minus_decay, eps, c)
let v0 = one_minus_decay * u;
let v1 = decay * mu;
let v2 = v0 + v1;
let v3 = u * u;
let v4 = one_minus_decay * v3;
let v5 = decay * nu;
let v6 = v4 + v5;
let v7 = v2 * c;
let v8 = v6 * c;
let v9 = v7 * v7;
let v10 = v8 - v9;
let v11 = 0.0 < v10;
let v12 = (bitcast<u32>(v10) & 0x7fffffffu) > 0x7f800000u;
let v13 = v11 | v12;
let v14 = select(0.0, v10, v13);
let v15 = v14 + eps;
let v16 = sqrt(v15);
let v17 = u / v16;
mu = v2;
nu = v6;
u = v17;

// scale_by_stddev_eps_outside(mu, nu; decay, one_minus_decay, eps, c)
let v0 = one_minus_decay * u;
let v1 = decay * mu;
let v2 = v0 + v1;
let v3 = u * u;
let v4 = one_minus_decay * v3;
let v5 = decay * nu;
let v6 = v4 + v5;
let v7 = v2 * c;
let v8 = v6 * c;
let v9 = v7 * v7;
let v10 = v8 - v9;
let v11 = 0.0 < v10;
let v12 = (bitcast<u32>(v10) & 0x7fffffffu) > 0x7f800000u;
let v13 = v11 | v12;
let v14 = select(0.0, v10, v13);
let v15 = sqrt(v14);
let v16 = v15 + eps;
let v17 = 1.0 / v16;
let v18 = u * v17;
mu = v2;
nu = v6;
u = v18;

// scale_by_adadelta(e_g, e_x; rho, one_minus_rho, eps)
let v0 = u * u;
let v1 = one_minus_rho * v0;
let v2 = rho * e_g;
let v3 = v1 + v2;
let v4 = e_x + eps;
let v5 = sqrt(v4);
let v6 = v3 + eps;
let v7 = sqrt(v6);
let v8 = v5 / v7;
let v9 = v8 * u;
let v10 = v9 * v9;
let v11 = one_minus_rho * v10;
let v12 = rho * e_x;
let v13 = v11 + v12;
e_g = v3;
e_x = v13;
u = v9;

// scale_by_factors(row, column; )
let v0 = u * row;
let v1 = v0 * column;
row = row;
column = column;
u = v1;

// scale_by_unfactored_rms(v; decay, one_minus_decay, epsilon)
let v0 = decay * v;
let v1 = u * u;
let v2 = v1 + epsilon;
let v3 = one_minus_decay * v2;
let v4 = v0 + v3;
let v5 = sqrt(v4);
let v6 = 1.0 / v5;
let v7 = u * v6;
v = v4;
u = v7;

// scale_by_sm3(row, column, nu; b1, one_minus_b1, b2, square_factor, eps)
let v0 = row < column;
let v1 = (bitcast<u32>(row) & 0x7fffffffu) > 0x7f800000u;
let v2 = v0 | v1;
let v3 = select(column, row, v2);
let v4 = u * u;
let v5 = square_factor * v4;
let v6 = b2 * v3;
let v7 = v5 + v6;
let v8 = 0.0 < v7;
let v9 = v7 + eps;
let v10 = sqrt(v9);
let v11 = u / v10;
let v12 = 0.0 * u;
let v13 = select(v12, v11, v8);
let v14 = one_minus_b1 * v13;
let v15 = b1 * nu;
let v16 = v14 + v15;
row = row;
column = column;
nu = v16;
u = v16;

// scale_by_sign(; )
let v0 = u < 0.0;
let v1 = select(u, (-1.0), v0);
let v2 = 0.0 < u;
let v3 = select(v1, 1.0, v2);
u = v3;

// scale_by_lion(mu; b1, one_minus_b1, b2, one_minus_b2)
let v0 = one_minus_b1 * u;
let v1 = b1 * mu;
let v2 = v0 + v1;
let v3 = one_minus_b2 * u;
let v4 = b2 * mu;
let v5 = v3 + v4;
let v6 = v2 < 0.0;
let v7 = select(v2, (-1.0), v6);
let v8 = 0.0 < v2;
let v9 = select(v7, 1.0, v8);
mu = v5;
u = v9;

// scale_by_lion_smooth(mu; b1, one_minus_b1, b2, one_minus_b2, smooth_beta)
let v0 = one_minus_b1 * u;
let v1 = b1 * mu;
let v2 = v0 + v1;
let v3 = one_minus_b2 * u;
let v4 = b2 * mu;
let v5 = v3 + v4;
let v6 = smooth_beta * v2;
let v7 = tanh(v6);
mu = v5;
u = v7;

// scale_by_lion_refined(mu; b1, one_minus_b1, b2, one_minus_b2)
let v0 = one_minus_b1 * u;
let v1 = b1 * mu;
let v2 = v0 + v1;
let v3 = one_minus_b2 * u;
let v4 = b2 * mu;
let v5 = v3 + v4;
let v6 = abs(v2);
let v7 = v6 < 1.0;
let v8 = v2 < 0.0;
let v9 = select(v2, (-1.0), v8);
let v10 = 0.0 < v2;
let v11 = select(v9, 1.0, v10);
let v12 = select(v11, v2, v7);
mu = v5;
u = v12;

// scale_by_rprop(step_sizes, prev_updates; eta_minus, eta_plus, min_step_size, max_step_size)
let v0 = u * prev_updates;
let v1 = 0.0 < v0;
let v2 = select(eta_minus, eta_plus, v1);
let v3 = step_sizes * v2;
let v4 = min_step_size < v3;
let v5 = (bitcast<u32>(v3) & 0x7fffffffu) > 0x7f800000u;
let v6 = v4 | v5;
let v7 = select(min_step_size, v3, v6);
let v8 = v7 < max_step_size;
let v9 = (bitcast<u32>(v7) & 0x7fffffffu) > 0x7f800000u;
let v10 = v8 | v9;
let v11 = select(max_step_size, v7, v10);
let v12 = v0 == 0.0;
let v13 = select(v11, step_sizes, v12);
let v14 = v0 < 0.0;
let v15 = select(prev_updates, 0.0, v14);
let v16 = u < 0.0;
let v17 = select(u, (-1.0), v16);
let v18 = 0.0 < u;
let v19 = select(v17, 1.0, v18);
let v20 = v13 * v19;
let v21 = select(v20, 0.0, v14);
step_sizes = v13;
prev_updates = v21;
u = v15;

// scale_by_optimistic_gradient(previous_gradient; alpha_plus_beta, beta, started)
let v0 = 0.0 < started;
let v1 = select(u, previous_gradient, v0);
let v2 = alpha_plus_beta * u;
let v3 = beta * v1;
let v4 = v2 - v3;
previous_gradient = u;
u = v4;

// scale_by_param_block(; size, min_scale)
let v0 = min_scale < size;
let v1 = (bitcast<u32>(size) & 0x7fffffffu) > 0x7f800000u;
let v2 = v0 | v1;
let v3 = select(min_scale, size, v2);
let v4 = u * v3;
u = v4;

// scale_by_trust_ratio(; param_norm, update_norm, min_norm, trust_coefficient, eps)
let v0 = min_norm < param_norm;
let v1 = (bitcast<u32>(param_norm) & 0x7fffffffu) > 0x7f800000u;
let v2 = v0 | v1;
let v3 = select(min_norm, param_norm, v2);
let v4 = min_norm < update_norm;
let v5 = (bitcast<u32>(update_norm) & 0x7fffffffu) > 0x7f800000u;
let v6 = v4 | v5;
let v7 = select(min_norm, update_norm, v6);
let v8 = trust_coefficient * v3;
let v9 = v7 + eps;
let v10 = v8 / v9;
let v11 = v3 == 0.0;
let v12 = v7 == 0.0;
let v13 = v11 | v12;
let v14 = select(v10, 1.0, v13);
let v15 = u * v14;
u = v15;

// scale_by_novograd(mu; nu, b1, eps, eps_root, weight_decay)
let v0 = b1 * mu;
let v1 = nu + eps_root;
let v2 = sqrt(v1);
let v3 = v2 + eps;
let v4 = u / v3;
let v5 = weight_decay * p;
let v6 = v4 + v5;
let v7 = v0 + v6;
mu = v7;
u = v7;

// scale_by_polyak(; squared_norm, gap, eps, max_learning_rate)
let v0 = squared_norm + eps;
let v1 = gap / v0;
let v2 = v1 < max_learning_rate;
let v3 = (bitcast<u32>(v1) & 0x7fffffffu) > 0x7f800000u;
let v4 = v2 | v3;
let v5 = select(max_learning_rate, v1, v4);
let v6 = v0 <= 2.220446049250313e-16;
let v7 = select(v5, 0.0, v6);
let v8 = v7 * u;
u = v8;

// normalize_by_update_norm(; norm, eps, scale_factor)
let v0 = norm + eps;
let v1 = v0 / scale_factor;
let v2 = u / v1;
u = v2;

// scale_by_distance_over_gradients(; max_dist, grad_sum_of_squares, eps, global_scale)
let v0 = grad_sum_of_squares + eps;
let v1 = sqrt(v0);
let v2 = max_dist / v1;
let v3 = global_scale * v2;
let v4 = v3 * u;
u = v4;

// clip(; max_delta)
let v0 = -max_delta;
let v1 = v0 < u;
let v2 = (bitcast<u32>(u) & 0x7fffffffu) > 0x7f800000u;
let v3 = v1 | v2;
let v4 = select(v0, u, v3);
let v5 = v4 < max_delta;
let v6 = (bitcast<u32>(v4) & 0x7fffffffu) > 0x7f800000u;
let v7 = v5 | v6;
let v8 = select(max_delta, v4, v7);
u = v8;

// clip_by_global_norm(; norm, max_norm)
let v0 = norm < max_norm;
let v1 = u / norm;
let v2 = v1 * max_norm;
let v3 = select(v2, u, v0);
u = v3;

// clip_by_block_rms(; rms, threshold)
let v0 = rms / threshold;
let v1 = v0 < 1.0;
let v2 = (bitcast<u32>(1.0) & 0x7fffffffu) > 0x7f800000u;
let v3 = v1 | v2;
let v4 = select(v0, 1.0, v3);
let v5 = u / v4;
u = v5;

// zero_nans(; )
let v0 = (bitcast<u32>(u) & 0x7fffffffu) > 0x7f800000u;
let v1 = select(u, 0.0, v0);
u = v1;

// keep_params_nonnegative(; )
let v0 = p + u;
let v1 = v0 < 0.0;
let v2 = -p;
let v3 = select(u, v2, v1);
u = v3;

// scale_by_cocob(init_particles, cumulative_gradients, scale, subgradients, reward; alpha)
let v0 = abs(u);
let v1 = v0 < scale;
let v2 = (bitcast<u32>(scale) & 0x7fffffffu) > 0x7f800000u;
let v3 = v1 | v2;
let v4 = select(v0, scale, v3);
let v5 = subgradients + v0;
let v6 = p - init_particles;
let v7 = u * v6;
let v8 = reward - v7;
let v9 = 0.0 < v8;
let v10 = (bitcast<u32>(v8) & 0x7fffffffu) > 0x7f800000u;
let v11 = v9 | v10;
let v12 = select(0.0, v8, v11);
let v13 = cumulative_gradients - u;
let v14 = v5 + v4;
let v15 = alpha * v4;
let v16 = v15 < v14;
let v17 = (bitcast<u32>(v14) & 0x7fffffffu) > 0x7f800000u;
let v18 = v16 | v17;
let v19 = select(v15, v14, v18);
let v20 = v4 * v19;
let v21 = -p;
let v22 = v13 / v20;
let v23 = v4 + v12;
let v24 = v22 * v23;
let v25 = init_particles + v24;
let v26 = v21 + v25;
init_particles = init_particles;
cumulative_gradients = v13;
scale = v4;
subgradients = v5;
reward = v12;
u = v26;

// dadapt_adamw(exp_avg, exp_avg_sq, grad_sum; beta1, beta2, one_minus_beta2, sb2, gain, sum_gain, shrink, eps)
let v0 = beta1 * exp_avg;
let v1 = gain * u;
let v2 = v0 + v1;
let v3 = beta2 * exp_avg_sq;
let v4 = one_minus_beta2 * u;
let v5 = v4 * u;
let v6 = v3 + v5;
let v7 = sb2 * grad_sum;
let v8 = sum_gain * u;
let v9 = v7 + v8;
let v10 = -shrink;
let v11 = v10 * p;
let v12 = sqrt(v6);
let v13 = v12 + eps;
let v14 = v2 / v13;
let v15 = v11 - v14;
exp_avg = v2;
exp_avg_sq = v6;
grad_sum = v9;
u = v15;

// prodigy_averages(exp_avg, exp_avg_sq, grad_sum; beta1, one_minus_beta1, beta2, one_minus_beta2, beta3, estim_lr, sum_gain)
let v0 = estim_lr * u;
let v1 = beta1 * exp_avg;
let v2 = one_minus_beta1 * v0;
let v3 = v1 + v2;
let v4 = beta2 * exp_avg_sq;
let v5 = one_minus_beta2 * v0;
let v6 = v5 * v0;
let v7 = v4 + v6;
let v8 = beta3 * grad_sum;
let v9 = sum_gain * v0;
let v10 = v8 + v9;
exp_avg = v3;
exp_avg_sq = v7;
grad_sum = v10;
u = u;

// prodigy(exp_avg, exp_avg_sq; step_size, weight_decay, eps)
let v0 = weight_decay * step_size;
let v1 = -v0;
let v2 = v1 * p;
let v3 = step_size * exp_avg;
let v4 = sqrt(exp_avg_sq);
let v5 = v4 + eps;
let v6 = v3 / v5;
let v7 = v2 - v6;
exp_avg = exp_avg;
exp_avg_sq = exp_avg_sq;
u = v7;

// scale_by_madgrad(grad_sum_sq, s, x0; lamb, momentum, one_minus_momentum, eps)
let v0 = u * u;
let v1 = lamb * v0;
let v2 = grad_sum_sq + v1;
let v3 = lamb * u;
let v4 = s + v3;
let v5 = sign(v2) * pow(abs(v2), 1.0 / 3.0);
let v6 = v5 + eps;
let v7 = v4 / v6;
let v8 = x0 - v7;
let v9 = one_minus_momentum * v8;
let v10 = momentum * p;
let v11 = v9 + v10;
let v12 = v11 - p;
grad_sum_sq = v2;
s = v4;
x0 = x0;
u = v12;

// momo_average(exp_avg; beta, one_minus_beta)
let v0 = beta * exp_avg;
let v1 = one_minus_beta * u;
let v2 = v0 + v1;
exp_avg = v2;
u = v2;

// momo_adam_average(exp_avg, exp_avg_sq; b1, one_minus_b1, b2, one_minus_b2, c2, eps)
let v0 = b1 * exp_avg;
let v1 = one_minus_b1 * u;
let v2 = v0 + v1;
let v3 = b2 * exp_avg_sq;
let v4 = one_minus_b2 * u;
let v5 = v4 * u;
let v6 = v3 + v5;
let v7 = v6 * c2;
let v8 = sqrt(v7);
let v9 = eps + v8;
let v10 = v2 / v9;
exp_avg = v2;
exp_avg_sq = v6;
u = v10;

// momo(; shrink, tau)
let v0 = -shrink;
let v1 = v0 * p;
let v2 = tau * u;
let v3 = v1 - v2;
u = v3;

// normalize(; norm)
let v0 = norm == 0.0;
let v1 = u / norm;
let v2 = select(v1, u, v0);
u = v2;

// scale_by_acprop(mu, nu; b1, one_minus_b1, b2, one_minus_b2, c2, eps, eps_root)
let v0 = u - mu;
let v1 = c2 == 0.0;
let v2 = nu * c2;
let v3 = select(v2, 1.0, v1);
let v4 = one_minus_b1 * u;
let v5 = b1 * mu;
let v6 = v4 + v5;
let v7 = v0 * v0;
let v8 = one_minus_b2 * v7;
let v9 = b2 * nu;
let v10 = v8 + v9;
let v11 = v10 + eps_root;
let v12 = sqrt(v3);
let v13 = v12 + eps;
let v14 = u / v13;
mu = v6;
nu = v11;
u = v14;

// scale_by_ademamix(m1, m2, nu; b1, one_minus_b1, b2, one_minus_b2, b3, one_minus_b3, alpha, c1, c2, eps, eps_root)
let v0 = one_minus_b1 * u;
let v1 = b1 * m1;
let v2 = v0 + v1;
let v3 = one_minus_b3 * u;
let v4 = b3 * m2;
let v5 = v3 + v4;
let v6 = u * u;
let v7 = one_minus_b2 * v6;
let v8 = b2 * nu;
let v9 = v7 + v8;
let v10 = v2 * c1;
let v11 = alpha * v5;
let v12 = v10 + v11;
let v13 = v9 * c2;
let v14 = v13 + eps_root;
let v15 = sqrt(v14);
let v16 = v15 + eps;
let v17 = v12 / v16;
m1 = v2;
m2 = v5;
nu = v9;
u = v17;

// scale_by_simplified_ademamix(m, n; b1, b2, alpha, c2, eps, eps_root)
let v0 = u * u;
let v1 = b1 * m;
let v2 = u + v1;
let v3 = n - v0;
let v4 = b2 * v3;
let v5 = v0 + v4;
let v6 = alpha * u;
let v7 = v2 + v6;
let v8 = v5 * c2;
let v9 = v8 + eps_root;
let v10 = sqrt(v9);
let v11 = v10 + eps;
let v12 = v7 / v11;
m = v2;
n = v5;
u = v12;

// scale_by_adopt(mu, nu; b1, one_minus_b1, b2, one_minus_b2, eps, clip)
let v0 = sqrt(nu);
let v1 = eps < v0;
let v2 = (bitcast<u32>(v0) & 0x7fffffffu) > 0x7f800000u;
let v3 = v1 | v2;
let v4 = select(eps, v0, v3);
let v5 = u / v4;
let v6 = -clip;
let v7 = v6 < v5;
let v8 = (bitcast<u32>(v5) & 0x7fffffffu) > 0x7f800000u;
let v9 = v7 | v8;
let v10 = select(v6, v5, v9);
let v11 = v10 < clip;
let v12 = (bitcast<u32>(v10) & 0x7fffffffu) > 0x7f800000u;
let v13 = v11 | v12;
let v14 = select(clip, v10, v13);
let v15 = one_minus_b1 * v14;
let v16 = b1 * mu;
let v17 = v15 + v16;
let v18 = u * u;
let v19 = one_minus_b2 * v18;
let v20 = b2 * nu;
let v21 = v19 + v20;
mu = v17;
nu = v21;
u = v17;

// scale_by_adopt_nesterov(mu, nu; b1, one_minus_b1, b2, one_minus_b2, eps, clip)
let v0 = sqrt(nu);
let v1 = eps < v0;
let v2 = (bitcast<u32>(v0) & 0x7fffffffu) > 0x7f800000u;
let v3 = v1 | v2;
let v4 = select(eps, v0, v3);
let v5 = u / v4;
let v6 = -clip;
let v7 = v6 < v5;
let v8 = (bitcast<u32>(v5) & 0x7fffffffu) > 0x7f800000u;
let v9 = v7 | v8;
let v10 = select(v6, v5, v9);
let v11 = v10 < clip;
let v12 = (bitcast<u32>(v10) & 0x7fffffffu) > 0x7f800000u;
let v13 = v11 | v12;
let v14 = select(clip, v10, v13);
let v15 = one_minus_b1 * v14;
let v16 = b1 * mu;
let v17 = v15 + v16;
let v18 = u * u;
let v19 = one_minus_b2 * v18;
let v20 = b2 * nu;
let v21 = v19 + v20;
let v22 = b1 * v17;
let v23 = v15 + v22;
mu = v17;
nu = v21;
u = v23;

// scale_by_sophia(mu, nu, kept; b1, one_minus_b1, c1, gamma, eps, clip)
let v0 = one_minus_b1 * u;
let v1 = b1 * mu;
let v2 = v0 + v1;
let v3 = v2 * c1;
let v4 = gamma * nu;
let v5 = eps < v4;
let v6 = (bitcast<u32>(v4) & 0x7fffffffu) > 0x7f800000u;
let v7 = v5 | v6;
let v8 = select(eps, v4, v7);
let v9 = v3 / v8;
let v10 = -clip;
let v11 = v10 < v9;
let v12 = (bitcast<u32>(v9) & 0x7fffffffu) > 0x7f800000u;
let v13 = v11 | v12;
let v14 = select(v10, v9, v13);
let v15 = v14 < clip;
let v16 = (bitcast<u32>(v14) & 0x7fffffffu) > 0x7f800000u;
let v17 = v15 | v16;
let v18 = select(clip, v14, v17);
mu = v2;
nu = nu;
kept = u;
u = v18;

// exchange(kept; )
kept = u;
u = kept;

// sophia_hessian(nu, kept; b2, one_minus_b2)
let v0 = one_minus_b2 * u;
let v1 = b2 * nu;
let v2 = v0 + v1;
nu = v2;
kept = kept;
u = kept;

// apply(; )
let v0 = p + u;
u = v0;

// identity(; )
u = u;

// hold_mean(acc_grads; n)
let v0 = u - acc_grads;
let v1 = v0 / n;
let v2 = acc_grads + v1;
acc_grads = v2;
u = 0.0;

// hold_sum(acc_grads; )
let v0 = u + acc_grads;
acc_grads = v0;
u = 0.0;

// emit_mean(acc_grads; n)
let v0 = u - acc_grads;
let v1 = v0 / n;
let v2 = acc_grads + v1;
acc_grads = 0.0;
u = v2;

// emit_sum(acc_grads; )
let v0 = u + acc_grads;
acc_grads = 0.0;
u = v0;

// lookahead_sync(slow; step_size, rest)
let v0 = p + u;
let v1 = v0 - slow;
let v2 = step_size * v1;
let v3 = rest * v1;
let v4 = u - v3;
slow = v2;
u = v4;

// sam_return(cache; )
let v0 = cache - p;
let v1 = v0 + u;
cache = cache;
u = v1;

// schedule_free(z; b1, one_minus_b1, c, one_minus_c)
let v0 = one_minus_b1 * z;
let v1 = p - v0;
let v2 = z + u;
let v3 = one_minus_c * v1;
let v4 = c * b1;
let v5 = v4 + one_minus_b1;
let v6 = v5 * v2;
let v7 = v3 + v6;
let v8 = v7 - p;
z = v2;
u = v8;

// schedule_free_eval(z; b1, one_minus_b1)
let v0 = one_minus_b1 * z;
let v1 = u - v0;
let v2 = v1 / b1;
z = z;
u = v2;

// mechanize_measure(grads, x0; start, grad_norm, param_norm, decay, eps, scale)
let v0 = 0.0 < start;
let v1 = select(x0, p, v0);
let v2 = decay * grad_norm;
let v3 = param_norm + eps;
let v4 = v2 / v3;
let v5 = v4 * p;
let v6 = u + v5;
let v7 = v1 - p;
let v8 = v7 / scale;
let v9 = v6 * v8;
grads = u;
x0 = v1;
u = v9;

// mechanize_resume(grads; )
grads = grads;
u = grads;

// mechanize(x0; scale, next_scale)
let v0 = x0 - p;
let v1 = v0 / scale;
let v2 = v1 - u;
let v3 = next_scale * v2;
let v4 = x0 - v3;
let v5 = v4 - p;
x0 = x0;
u = v5;

// incremental_update(; step_size, rest)
let v0 = step_size * u;
let v1 = rest * p;
let v2 = v0 + v1;
u = v2;

