//! The reference of the benchmarks in JavaScript: a program that times plain loops. It reads requests from its input, one line of JSON
//! each, and answers each with a line of JSON.
//!
//! `{ "plan": … }` returns the least work of the plan, such as the bytes to move for each parameter. `{ "calls": n }` returns the
//! microseconds that the reference of the last plan takes for one step: its passes over plain arrays, its matrix products by
//! `matrixmultiply`, called directly on one thread, and its normal numbers by `rand_distr` with ChaCha8.

use std::io::{BufRead, Write, stdin, stdout};
use std::time::Instant;

use gradloom_benches::{Product, Stream, Traffic};
use gradloom_core::Plan;
use serde_json::{Value, json};

/// Computes a matrix product by `matrixmultiply`.
macro_rules! product {
    ($gemm:path, $number:ty, $product:expr) => {{
        let Product { sizes: [m, k, n], times, .. } = $product;
        let number: $number = 0.5;
        let (left, right, mut out) = (vec![number; m * k], vec![number; k * n], vec![0.0; m * n]);
        let [row_of_left, row_of_right] = [k as isize, n as isize];
        for _ in 0..times {
            let (left, right, out) = (left.as_ptr(), right.as_ptr(), out.as_mut_ptr());
            // SAFETY: each matrix has as many elements as the product of its sides, row by row.
            unsafe {
                $gemm(m, k, n, 1.0, left, row_of_left, 1, right, row_of_right, 1, 1.0, out, row_of_right, 1);
            }
        }
        std::hint::black_box(out);
    }};
}

fn multiply(product: Product) {
    if product.double {
        product!(matrixmultiply::dgemm, f64, product);
    } else {
        product!(matrixmultiply::sgemm, f32, product);
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let argument = |i| std::env::args().nth(i).ok_or("usage: reference ELEMENTS THREADS");
    let (elements, threads): (usize, usize) = (argument(1)?.parse()?, argument(2)?.parse()?);
    let mut stream = Stream::new(elements, threads);
    let mut traffic = Traffic::default();
    for line in stdin().lock().lines() {
        let mut request: Value = serde_json::from_str(&line?)?;
        let answer = if let Some(calls) = request["calls"].as_u64() {
            let start = Instant::now();
            for _ in 0..calls {
                traffic.passes.iter().for_each(|pass| stream.run(*pass));
                traffic.products.iter().for_each(|product| multiply(*product));
                (0..traffic.normals).for_each(|_| stream.draw());
            }
            json!({ "microseconds": start.elapsed().as_secs_f64() * 1e6 / calls as f64 })
        } else {
            let plan: Plan = serde_json::from_value(request["plan"].take())?;
            traffic = Traffic::of(&plan.resolve()?);
            let bytes: usize = traffic.passes.iter().map(|pass| pass.bytes()).sum();
            json!({
                "bytes": bytes,
                "passes": traffic.passes.len(),
                "products": traffic.products.len(),
                "normals": traffic.normals,
            })
        };
        writeln!(stdout().lock(), "{answer}")?;
    }
    Ok(())
}
