use super::*;

fn numbers<T: Number>(count: usize, seed: u64) -> Vec<T> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        T::of((state >> 11) as f64 / 2f64.powi(52) - 1.0)
    };
    (0..count).map(|_| next()).collect()
}

const SIZES: [(usize, usize, usize); 6] =
    [(1, 1, 1), (4, 3, 32), (8, 8, 8), (5, 257, 33), (67, 600, 1030), (3, 0, 2)];

fn product<T: Number>(a: &[T], b: &[T], (m, k, n): (usize, usize, usize)) -> Vec<T> {
    let mut out = vec![T::of(f64::NAN); m * n];
    multiply(Team::ALONE, View::new(a, m, k), View::new(b, k, n), &mut out);
    out
}

#[test]
fn a_product_is_what_exact_sums_are_but_for_rounding() {
    for (m, k, n) in SIZES {
        let (a, b) = (numbers::<f32>(m * k, 1), numbers::<f32>(k * n, 2));
        for (i, &got) in product(&a, &b, (m, k, n)).iter().enumerate() {
            let exact =
                (0..k).map(|p| f64::from(a[i / n * k + p]) * f64::from(b[p * n + i % n])).sum::<f64>();
            assert!((f64::from(got) - exact).abs() < 1e-4, "{m} {k} {n}: {got} for {exact}");
        }
    }
}

/// Checks for the bits that every engine must compute: aarch64 is excepted, because its fused multiply-add rounds once for each term.
#[cfg(not(target_arch = "aarch64"))]
fn has_the_promised_bits<T: Number + std::ops::Mul<Output = T>>() {
    for (m, k, n) in SIZES {
        let (a, b) = (numbers::<T>(m * k, 1), numbers::<T>(k * n, 2));
        for (i, got) in product(&a, &b, (m, k, n)).iter().enumerate() {
            let terms: Vec<T> = (0..k).map(|p| a[i / n * k + p] * b[p * n + i % n]).collect();
            let sum = |total: T, term: T| total + term;
            let sums = terms.chunks(256).map(|chunk| chunk.iter().copied().fold(T::of(0.0), sum));
            let expected = sums.reduce(sum).unwrap_or(T::of(0.0));
            assert_eq!(got.widen().to_bits(), expected.widen().to_bits(), "{m} {k} {n} at {i}");
        }
    }
}

#[cfg(not(target_arch = "aarch64"))]
#[test]
fn terms_are_multiplied_and_added_apart_and_in_order() {
    has_the_promised_bits::<f32>();
    has_the_promised_bits::<f64>();
}

#[test]
fn a_transposed_view_is_the_transpose() {
    let (a, b) = (numbers::<f32>(6 * 5, 3), numbers::<f32>(6 * 7, 4));
    let flipped: Vec<f32> = (0..30).map(|i| a[i % 6 * 5 + i / 6]).collect();
    let mut out = vec![0.0; 35];
    multiply(Team::ALONE, View::new(&a, 6, 5).transposed(), View::new(&b, 6, 7), &mut out);
    assert_eq!(out, product(&flipped, &b, (5, 6, 7)));
}

#[test]
fn a_symmetric_product_is_what_the_whole_one_is() {
    for (n, k) in [(1, 3), (31, 40), (129, 300), (300, 20)] {
        let a = numbers::<f32>(n * k, 5);
        let view = View::new(&a, n, k);
        let (mut whole, mut halved) = (vec![0.0; n * n], vec![f32::NAN; n * n]);
        multiply(Team::ALONE, view, view.transposed(), &mut whole);
        multiply_symmetric(Team::ALONE, view, view.transposed(), &mut halved);
        assert_eq!(whole, halved);
        let square = View::new(&whole, n, n);
        let (mut whole, mut halved) = (vec![0.0; n * n], vec![f32::NAN; n * n]);
        multiply(Team::ALONE, square, square, &mut whole);
        multiply_symmetric(Team::ALONE, square, square, &mut halved);
        assert_eq!(whole, halved);
    }
}
