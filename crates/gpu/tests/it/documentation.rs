//! The list of kernels without a shader in `docs/gpu.md`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gradloom_core::leafwise;

use crate::leafwise_cases::lower_alone;

/// The lines of the page before and after the list.
const START: &str =
    "<!-- kernels without a shader: written by UPDATE_GOLDEN=1 cargo nextest run -p gradloom-gpu -->\n";
const END: &str = "<!-- end -->\n";

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The golden rows that a GPU refuses, by the kernel that has no shader and by the function that needs the kernel.
type Users = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// Reads lines such as `sm3 default: tx: scaleBySm3 cannot run on a GPU: its kernel "sm3_covers" has no shader.`
fn users(refused: &str) -> Users {
    let mut users = Users::new();
    for line in refused.lines() {
        let Some((_, kernel)) = line.split_once("its kernel \"") else { continue };
        let kernel = kernel.split('"').next().unwrap_or_default();
        let (function, row) = line.split(": ").next().and_then(|row| row.split_once(' ')).expect("a row");
        // Rows of `chain` combine functions that have rows of their own.
        if function != "chain" {
            let rows = users.entry(kernel.to_owned()).or_default().entry(function.to_owned()).or_default();
            rows.push(row.to_owned());
        }
    }
    users
}

/// Returns the table's cell of a kernel.
fn cell(users: Option<&BTreeMap<String, Vec<String>>>) -> String {
    let Some(users) = users else { return "refused above, for code on the host".to_owned() };
    let texts = users.iter().map(|(function, rows)| match rows.iter().any(|row| row == "default") {
        true => format!("`{function}`"),
        false => format!("`{function}` ({})", rows.join(", ")),
    });
    texts.collect::<Vec<_>>().join(", ")
}

/// Compares the list with the kernels that have no shader, and with the functions whose golden rows are refused for them.
/// `UPDATE_GOLDEN=1` writes the page again.
#[test]
fn the_page_lists_the_kernels_without_a_shader() {
    let refused = std::fs::read_to_string(file("tests/gpu/refused.txt")).expect("the refused rows are there");
    let mut users = users(&refused);
    let mut list = "\n| kernel without a shader | what needs it |\n| --- | --- |\n".to_owned();
    for (kernel, cases) in leafwise::CASES {
        if lower_alone(kernel, cases.first().expect("a case")).is_err() {
            list += &format!("| `{kernel}` | {} |\n", cell(users.remove(*kernel).as_ref()));
        }
    }
    list += "\n";
    assert!(users.is_empty(), "tests/gpu/refused.txt names kernels that have a shader: {users:?}");
    let page = file("docs/gpu.md");
    let text = std::fs::read_to_string(&page).expect("the page is there");
    let (before, rest) = text.split_once(START).expect("the list's first line");
    let (_, after) = rest.split_once(END).expect("the list's last line");
    let updated = [before, START, &list, END, after].concat();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&page, &updated).expect("the page can be written");
    }
    let text = std::fs::read_to_string(&page).expect("the page is there");
    assert!(text == updated, "{page:?} is stale; UPDATE_GOLDEN=1 writes it again:\n{list}");
}
