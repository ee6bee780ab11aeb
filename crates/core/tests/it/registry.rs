//! The registry of kernels in TypeScript, `ts/src/kernels/registry.gen.ts`: written from the registries in Rust.

use std::fmt::Write;

use gradloom_core::formulas::{self, reductions};
use gradloom_core::leafwise;

use crate::golden::check;

/// The entry of a kernel, of any kind, in the registry.
struct Kernel {
    name: &'static str,
    slots: Vec<&'static str>,
    read_only: Vec<&'static str>,
    scalars: &'static [&'static str],
    reads_params: bool,
    reads_only_updates: bool,
}

fn maps() -> Vec<Kernel> {
    let kernel = |formula: &'static formulas::Formula| {
        let slots = formula.slots.iter().enumerate();
        Kernel {
            name: formula.name,
            slots: formula.slots.to_vec(),
            read_only: slots.filter(|(i, _)| formula.is_read_only(*i)).map(|(_, name)| *name).collect(),
            scalars: formula.scalars,
            reads_params: formula.reads_params,
            reads_only_updates: false,
        }
    };
    formulas::all().map(kernel).collect()
}

fn sums() -> Vec<Kernel> {
    let kernel = |formula: &'static reductions::ReductionFormula| Kernel {
        name: formula.name,
        slots: formula.slots.to_vec(),
        read_only: Vec::new(),
        scalars: formula.scalars,
        reads_params: formula.reads_params,
        reads_only_updates: false,
    };
    reductions::ALL.iter().map(kernel).collect()
}

fn leafwise_kernels() -> Vec<Kernel> {
    let kernel = |formula: &'static leafwise::LeafwiseFormula| {
        let read_only = formula.slots.iter().filter(|slot| slot.is_read_only);
        Kernel {
            name: formula.name,
            slots: formula.slot_names(),
            read_only: read_only.map(|slot| slot.name).collect(),
            scalars: formula.scalars,
            reads_params: formula.reads_params,
            reads_only_updates: formula.reads_only,
        }
    };
    leafwise::ALL.iter().map(kernel).collect()
}

/// Writes a name as TypeScript does: `one_minus_b1` becomes `oneMinusB1`.
fn camel_case(name: &str) -> String {
    let (first, rest) = name.split_once('_').unwrap_or((name, ""));
    let words = rest.split('_').filter(|word| !word.is_empty());
    let upper = words.map(|word| word[..1].to_uppercase() + &word[1..]);
    first.to_owned() + &upper.collect::<String>()
}

/// Writes names as a union of string literals.
fn union(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{}\"", camel_case(name))).collect();
    if quoted.is_empty() { "never".to_owned() } else { quoted.join(" | ") }
}

/// Writes the operands of some kernels as an interface.
fn interface(out: &mut String, doc: &str, name: &str, kernels: &[Kernel]) -> std::fmt::Result {
    writeln!(out, "\n/** {doc} */\nexport interface {name} {{")?;
    for kernel in kernels {
        writeln!(out, "  {}: Operands<{}, {}>;", kernel.name, union(&kernel.slots), union(kernel.scalars))?;
    }
    writeln!(out, "}}")
}

/// Writes the names of some kernels as an array.
fn list(out: &mut String, doc: &str, name: &str, kernels: &[&Kernel]) -> std::fmt::Result {
    writeln!(out, "\n/** {doc} */\nexport const {name}: readonly string[] = [")?;
    kernels.iter().try_for_each(|kernel| writeln!(out, "  \"{}\",", kernel.name))?;
    writeln!(out, "];")
}

/// Returns the text of the whole file.
fn registry() -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    let (maps, sums, leafwise) = (maps(), sums(), leafwise_kernels());
    let all: Vec<&Kernel> = maps.iter().chain(&sums).chain(&leafwise).collect();
    let those = |fact: fn(&Kernel) -> bool| -> Vec<&Kernel> {
        all.iter().copied().filter(|kernel| fact(kernel)).collect()
    };
    writeln!(out, "// Written by crates/core/tests/it/registry.rs from the registries of kernels.\n")?;
    writeln!(out, "/** The names of a kernel's slots and scalars. */")?;
    writeln!(out, "export interface Operands<Slots extends string, Scalars extends string> {{")?;
    writeln!(out, "  readonly slots: Slots;\n  readonly scalars: Scalars;\n}}")?;
    interface(&mut out, "Elementwise kernels.", "MapKernels", &maps)?;
    interface(&mut out, "Reductions.", "Reductions", &sums)?;
    interface(&mut out, "Leafwise kernels.", "LeafwiseKernels", &leafwise)?;
    writeln!(out, "\n/** The slots that kernels only read, by kernel. */")?;
    writeln!(out, "export const READ_ONLY_SLOTS: Readonly<Record<string, readonly string[]>> = {{")?;
    for kernel in those(|kernel| !kernel.read_only.is_empty()) {
        let names: Vec<String> =
            kernel.read_only.iter().map(|name| format!("\"{}\"", camel_case(name))).collect();
        writeln!(out, "  {}: [{}],", kernel.name, names.join(", "))?;
    }
    writeln!(out, "}};")?;
    let doc = "Leafwise kernels that only read the updates.";
    list(&mut out, doc, "READ_ONLY_UPDATES", &those(|kernel| kernel.reads_only_updates))?;
    list(&mut out, "Kernels that read the parameters.", "READ_PARAMS", &those(|kernel| kernel.reads_params))?;
    Ok(out)
}

#[test]
fn typescript_knows_the_kernels() {
    check("../../ts/src/kernels/registry.gen.ts", &registry().expect("a string takes all"));
}

#[test]
fn names_survive_the_way_to_typescript_and_back() {
    let snake_case = |name: &str| -> String {
        let upper = |c: char| if c.is_uppercase() { format!("_{}", c.to_lowercase()) } else { c.to_string() };
        name.chars().map(upper).collect()
    };
    for kernel in [maps(), sums(), leafwise_kernels()].into_iter().flatten() {
        for name in kernel.slots.iter().chain(kernel.scalars) {
            assert_eq!(snake_case(&camel_case(name)), **name, "{}", kernel.name);
        }
    }
}
