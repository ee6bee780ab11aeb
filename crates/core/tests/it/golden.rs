//! The WGSL of all formulas, compared with a golden file.

use std::fmt::Write;
use std::path::Path;

use gradloom_core::formulas;

/// Compares a text with a file of the crate; `UPDATE_GOLDEN=1` writes the file again.
pub fn check(path: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&file, text).expect("the file can be written");
    }
    let golden = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(golden == text, "{file:?} differs; UPDATE_GOLDEN=1 writes it again:\n{text}");
}

#[test]
fn read_only_slots_do_not_change() {
    for formula in formulas::all() {
        for (i, slot) in formula.slots.iter().enumerate().filter(|(i, _)| formula.is_read_only(*i)) {
            let text = formula.text();
            assert!(
                text.lines().any(|line| line == format!("{slot} = {slot};")),
                "{} slot {i}: {text}",
                formula.name
            );
        }
    }
}

#[test]
fn formulas_have_their_golden_texts() {
    let mut text = String::new();
    for formula in formulas::all() {
        writeln!(text, "// {}({}; {})", formula.name, formula.slots.join(", "), formula.scalars.join(", "))
            .expect("a string takes all");
        writeln!(text, "{}\n", formula.text()).expect("a string takes all");
    }
    check("tests/golden/formulas.wgsl", &text);
}

#[test]
fn a_formula_binds_every_value_once() {
    let text = formulas::find("scale_by_adam").expect("a kernel of the registry").text();
    let bindings: Vec<_> =
        text.lines().filter_map(|line| line.strip_prefix("let ")?.split_once(" = ")).collect();
    let mut expressions: Vec<_> = bindings.iter().map(|(_, expression)| *expression).collect();
    expressions.sort_unstable();
    expressions.dedup();
    assert_eq!(expressions.len(), bindings.len(), "{text}");
    assert!(text.contains("mu = v") && text.contains("nu = v") && text.contains("\nu = v"), "{text}");
}
