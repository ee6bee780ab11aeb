//! Tests that AdamW follows its textbook formula.

use gradloom_core::{GRADS, Options, PARAMS, SLOTS, Session};

use crate::plans::{chain, leaves, noise, plan};

/// Compares five steps of AdamW with the textbook formula in double precision.
#[test]
fn adamw_follows_the_textbook() {
    const N: usize = 1500;
    let (b1, b2, eps, decay, rate) = (0.9, 0.999, 1e-8, 1e-2, 3e-2);
    for dtype in ["f32", "f64"] {
        let json = chain(&leaves(dtype, &[N]), &["scale_by_adam", "add_decayed_weights", "scale"], "apply");
        let mut session = Session::open(&plan(&json), Options::default()).expect("a valid plan");
        let mut p: Vec<f64> = (0..N).map(|i| f64::from(noise(1, i) as f32)).collect();
        let (mut mu, mut nu) = (vec![0.0; N], vec![0.0; N]);
        write(&mut session, PARAMS, &p);
        for t in 1..=5 {
            let g: Vec<f64> = (0..N).map(|i| f64::from(noise(1 + t as usize, i) as f32 - 0.5)).collect();
            let (c1, c2) = (1.0 / (1.0 - f64::powi(b1, t)), 1.0 / (1.0 - f64::powi(b2, t)));
            write(&mut session, GRADS, &g);
            session.scalars_mut().copy_from_slice(&[
                b1,
                1.0 - b1,
                b2,
                1.0 - b2,
                c1,
                c2,
                eps,
                0.0,
                decay,
                -rate,
            ]);
            session.run(0).expect("phase 0 exists");
            for i in 0..N {
                mu[i] = b1 * mu[i] + (1.0 - b1) * g[i];
                nu[i] = b2 * nu[i] + (1.0 - b2) * g[i] * g[i];
                p[i] -= rate * (mu[i] * c1 / ((nu[i] * c2).sqrt() + eps) + decay * p[i]);
            }
        }
        let tolerance = if dtype == "f32" { 2e-6 } else { 1e-14 };
        for (buffer, expected) in [(PARAMS, &p), (SLOTS, &mu), (SLOTS + 1, &nu)] {
            let found = crate::plans::numbers(&session, buffer, 0);
            for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
                let error = (found - expected).abs();
                assert!(
                    error <= tolerance,
                    "{dtype}, buffer {buffer}, element {i}: {found} is not {expected}"
                );
            }
        }
    }
}

fn write(session: &mut Session, buffer: usize, values: &[f64]) {
    if let Ok(view) = session.view_mut::<f64>(buffer, 0) {
        return view.copy_from_slice(values);
    }
    let view = session.view_mut::<f32>(buffer, 0).expect("an f32 leaf");
    view.iter_mut().zip(values).for_each(|(x, value)| *x = *value as f32);
}
