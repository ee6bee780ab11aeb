use super::*;
use crate::available_isas;

fn numbers(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 40) as f32 / 2f32.powi(23) - 1.0
    };
    (0..count).map(|_| next()).collect()
}

#[test]
fn products_agree_with_plain_sums_and_with_each_other() {
    for (m, k, n) in [(1, 1, 1), (4, 3, 32), (5, 257, 33), (67, 300, 1030), (3, 0, 2)] {
        let (a, b) = (numbers(m * k, 1), numbers(k * n, 2));
        let mut expected: Option<Vec<f32>> = None;
        for isa in available_isas() {
            let mut out = vec![f32::NAN; m * n];
            let mut space = vec![f32::NAN; room(n)];
            multiply(isa, View::new(&a, m, k), View::new(&b, k, n), &mut out, &mut space);
            for (i, &got) in out.iter().enumerate() {
                let exact =
                    (0..k).map(|p| f64::from(a[i / n * k + p]) * f64::from(b[p * n + i % n])).sum::<f64>();
                assert!((f64::from(got) - exact).abs() < 1e-4, "{isa} {m} {k} {n}: {got} for {exact}");
            }
            let same = expected.get_or_insert_with(|| out.clone());
            assert!(same.iter().zip(&out).all(|(x, y)| x.to_bits() == y.to_bits()), "{isa}");
        }
    }
}

#[test]
fn half_of_a_symmetric_product_is_enough() {
    for (m, k) in [(1, 3), (70, 5), (130, 300), (1040, 2)] {
        let a = numbers(m * k, 5);
        let view = View::new(&a, m, k);
        for isa in available_isas() {
            let [mut whole, mut half] = [vec![f32::NAN; m * m], vec![f32::NAN; m * m]];
            let mut space = vec![f32::NAN; room(m)];
            multiply(isa, view, view.transposed(), &mut whole, &mut space);
            multiply_symmetric(isa, view, view.transposed(), &mut half, &mut space);
            assert_eq!(whole, half, "{isa} {m} {k}");
        }
    }
}

#[test]
fn a_transposed_view_is_the_transpose() {
    let (a, b) = (numbers(6 * 5, 3), numbers(6 * 7, 4));
    let flipped: Vec<f32> = (0..30).map(|i| a[i % 6 * 5 + i / 6]).collect();
    let [mut one, mut other] = [vec![0.0; 35], vec![0.0; 35]];
    let mut space = vec![0.0; room(7)];
    let right = View::new(&b, 6, 7);
    multiply(Isa::BASELINE, View::new(&a, 6, 5).transposed(), right, &mut one, &mut space);
    multiply(Isa::BASELINE, View::new(&flipped, 5, 6), right, &mut other, &mut space);
    assert_eq!(one, other);
}
