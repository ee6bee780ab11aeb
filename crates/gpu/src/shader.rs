//! Writes the shader of a pass: the text of its formulas between loads and stores.

use std::collections::{BTreeMap, BTreeSet};

use gradloom_core::Dtype;
use gradloom_core::compile::sections::Item;
use gradloom_core::lanes::trace::{Trace, trace};
use gradloom_core::plan::Source;
use gradloom_core::sums::{BLOCK, WIDTH};

use crate::builder::Builder;
use crate::gpu_plan::Access;
use crate::pass::Pass;
use crate::wgsl::{FIND_ROW, FOLD, MAIN, Shader, access, conversions, header, indented, line};

/// The text of the formulas of a pass.
struct Body {
    /// The lines that bind intermediate values.
    lines: Vec<String>,
    /// The value of u.
    u: String,
    /// The values of the slots that change, by buffer.
    changed: BTreeMap<usize, String>,
    /// The values that its reductions sum.
    terms: Vec<String>,
}

/// Runs the formulas of a pass on the tracing lane.
fn body(pass: &Pass<'_>) -> Body {
    let name = |buffer: usize| format!("s{buffer}");
    let (lines, (u, changed, terms)) = trace(|| {
        let (mut u, p) = (Trace::input("u"), Trace::input("p"));
        let mut values = BTreeMap::<usize, Trace>::new();
        let mut terms = Vec::new();
        for item in pass.items {
            let (slots, scalars) = item.operands();
            let scalars: Vec<Trace> =
                scalars.iter().map(|source| Trace::input(&Builder::scalar(*source))).collect();
            let mut own: Vec<Trace> = slots
                .iter()
                .map(|slot| *values.entry(*slot).or_insert_with(|| Trace::input(&name(*slot))))
                .collect();
            match item {
                Item::Map { formula, .. } => {
                    u = (formula.step)(u, p, &mut own, &scalars);
                    values.extend(slots.iter().copied().zip(own));
                }
                Item::Reduce { formula, .. } => terms.push((formula.map)(u, p, &own, &scalars).text()),
            }
        }
        let texts = values.into_iter().map(|(slot, value)| (slot, value.text()));
        (u.text(), texts.filter(|(slot, text)| *text != name(*slot)).collect(), terms)
    });
    Body { lines, u, changed, terms }
}

/// Writes the shader of a pass; `None` where it would store nothing. Buffers in `broadcast` hold slots that lack axes of their leaves.
pub(crate) fn write(builder: &Builder<'_>, pass: &Pass<'_>, broadcast: &BTreeSet<usize>) -> Option<Shader> {
    let Body { lines, u, mut changed, terms } = body(pass);
    if !pass.stores_slots {
        changed.clear();
    }
    if pass.output.is_none() && changed.is_empty() && terms.is_empty() {
        return None;
    }
    let buffers: Vec<usize> = pass.buffers().into_iter().collect();
    let written: BTreeSet<usize> = changed.keys().copied().chain(pass.output).collect();
    let packed = written.iter().any(|buffer| builder.is_packed(*buffer));
    let registers: BTreeSet<usize> =
        pass.items.iter().flat_map(|item| item.operands().1).filter_map(Source::register).collect();

    let mut storage = vec![Access::ReadOnlyStorage];
    let mut wgsl = header(builder, Access::ReadOnlyStorage);
    let kinds: BTreeSet<Dtype> = buffers.iter().map(|buffer| builder.dtype(*buffer)).collect();
    for (i, buffer) in buffers.iter().enumerate() {
        let own = if written.contains(buffer) { Access::Storage } else { Access::ReadOnlyStorage };
        storage.push(own);
        let element = if builder.is_packed(*buffer) { "u32" } else { "f32" };
        line!(
            &mut wgsl,
            "@group(0) @binding({}) var<storage, {}> b{buffer}: array<{element}>;",
            3 + i,
            access(own)
        );
    }
    if pass.reduces() {
        storage.push(Access::Storage);
        let binding = 3 + buffers.len();
        line!(&mut wgsl, "@group(0) @binding({binding}) var<storage, read_write> partials: array<f32>;");
        wgsl.push_str(FOLD);
    }
    kinds.iter().filter_map(|kind| conversions(*kind)).for_each(|(_, text)| wgsl.push_str(text));
    wgsl.push_str(FIND_ROW);

    // Writes the function of one element.
    let fields: Vec<(String, String)> = pass
        .output
        .map(|_| ("u".to_owned(), u))
        .into_iter()
        .chain(changed.iter().map(|(slot, text)| (format!("s{slot}"), text.clone())))
        .chain(terms.iter().enumerate().map(|(i, text)| (format!("t{i}"), text.clone())))
        .collect();
    let names: Vec<String> = fields.iter().map(|(name, _)| format!("{name}: f32")).collect();
    let results: Vec<&str> = fields.iter().map(|(_, text)| text.as_str()).collect();
    let mut parameters: Vec<String> = buffers.iter().map(|buffer| format!("a{buffer}: u32")).collect();
    parameters.extend(registers.iter().map(|register| format!("r{register}: f32")));
    if !broadcast.is_empty() {
        parameters.push("first: u32".to_owned());
        parameters.extend(broadcast.iter().map(|buffer| format!("w{buffer}: vec2<u32>")));
    }
    line!(&mut wgsl, "struct Element {{ {} }}", names.join(", "));
    line!(&mut wgsl, "fn element(e: u32, {}) -> Element {{", parameters.join(", "));
    let load = |name: &str, buffer: usize| {
        if broadcast.contains(&buffer) {
            let at = format!("(first + e) / w{buffer}.x * w{buffer}.y + (first + e) % w{buffer}.y");
            return format!("  let {name} = b{buffer}[a{buffer} + {at}];\n");
        }
        let at = format!("a{buffer} + e");
        match conversions(builder.dtype(buffer)) {
            Some((kind, _)) => format!("  let {name} = from_{kind}(b{buffer}[({at}) / 2u], {at});\n"),
            None => format!("  let {name} = b{buffer}[{at}];\n"),
        }
    };
    wgsl.push_str(&load("u", pass.input));
    if pass.reads_params() {
        wgsl.push_str(&load("p", gradloom_core::PARAMS));
    }
    let slots: BTreeSet<usize> = pass.items.iter().flat_map(|item| item.operands().0).copied().collect();
    slots.iter().for_each(|slot| wgsl.push_str(&load(&format!("s{slot}"), *slot)));
    wgsl.push_str(&indented(2, &lines));
    line!(&mut wgsl, "  return Element({});\n}}", results.join(", "));

    // Writes the loop over a block.
    let first = 3 + buffers.len() + terms.len();
    let stride = first + if broadcast.is_empty() { 0 } else { 1 + 2 * broadcast.len() };
    wgsl.push_str(MAIN);
    line!(&mut wgsl, "  let row = find_row(workgroup.x, {stride}u);");
    line!(&mut wgsl, "  let block_in_row = workgroup.x - info[row];");
    line!(&mut wgsl, "  let count = info[row + 2u] - block_in_row * {BLOCK}u;");
    for (i, buffer) in buffers.iter().enumerate() {
        let start =
            if broadcast.contains(buffer) { String::new() } else { format!(" + block_in_row * {BLOCK}u") };
        line!(&mut wgsl, "  let a{buffer} = info[row + {}u]{start};", 3 + i);
    }
    if !broadcast.is_empty() {
        line!(&mut wgsl, "  let first = info[row + {first}u] + block_in_row * {BLOCK}u;");
    }
    for (i, buffer) in broadcast.iter().enumerate() {
        let word = |k: usize| format!("info[row + {}u]", first + 1 + 2 * i + k);
        line!(&mut wgsl, "  let w{buffer} = vec2<u32>({}, {});", word(0), word(1));
    }
    let leaves = builder.plan.leaves.len();
    for register in &registers {
        line!(&mut wgsl, "  let r{register} = bitcast<f32>(info[{}u + info[row + 1u]]);", register * leaves);
    }
    let mut arguments: Vec<String> = buffers.iter().map(|buffer| format!("a{buffer}")).collect();
    arguments.extend(registers.iter().map(|register| format!("r{register}")));
    if !broadcast.is_empty() {
        arguments.push("first".to_owned());
        arguments.extend(broadcast.iter().map(|buffer| format!("w{buffer}")));
    }
    let arguments = arguments.join(", ");
    let stores: Vec<(usize, String)> = pass
        .output
        .map(|buffer| (buffer, "u".to_owned()))
        .into_iter()
        .chain(changed.keys().map(|slot| (*slot, format!("s{slot}"))))
        .collect();
    if packed {
        pairs(&mut wgsl, builder, &stores, &arguments);
    } else {
        singles(&mut wgsl, &stores, terms.len(), &arguments);
    }
    for i in 0..terms.len() {
        line!(&mut wgsl, "  let total{i} = fold(lane, sum{i});");
        let at = format!("info[row + {}u] + block_in_row", 3 + buffers.len() + i);
        line!(&mut wgsl, "  if (lane == 0u) {{ partials[{at}] = total{i}; }}");
    }
    wgsl.push_str("}\n");
    Some(Shader { wgsl, storage })
}

/// Writes the loop in which a thread takes every 256th element: it adds them in the order of the CPU.
fn singles(wgsl: &mut String, stores: &[(usize, String)], terms: usize, arguments: &str) {
    (0..terms).for_each(|i| line!(wgsl, "  var sum{i} = 0.0;"));
    line!(wgsl, "  for (var k = 0u; k < {}u; k = k + 1u) {{", BLOCK / WIDTH);
    line!(wgsl, "    let e = k * {WIDTH}u + lane;");
    line!(wgsl, "    if (e < count) {{\n      let x = element(e, {arguments});");
    for (buffer, field) in stores {
        line!(wgsl, "      b{buffer}[a{buffer} + e] = x.{field};");
    }
    for i in 0..terms {
        line!(wgsl, "      sum{i} = sum{i} + x.t{i};");
    }
    wgsl.push_str("    }\n  }\n");
}

/// Writes the loop in which a thread takes two elements that share a word.
fn pairs(wgsl: &mut String, builder: &Builder<'_>, stores: &[(usize, String)], arguments: &str) {
    line!(wgsl, "  for (var k = 0u; k < {}u; k = k + 1u) {{", BLOCK / WIDTH / 2);
    line!(wgsl, "    let e = k * {}u + 2u * lane;", 2 * WIDTH);
    line!(wgsl, "    if (e < count) {{\n      let both = e + 1u < count;");
    line!(wgsl, "      let x = element(e, {arguments});\n      var y = x;");
    line!(wgsl, "      if (both) {{ y = element(e + 1u, {arguments}); }}");
    for (buffer, field) in stores {
        match conversions(builder.dtype(*buffer)) {
            Some((kind, _)) => {
                let word = format!("b{buffer}[(a{buffer} + e) / 2u]");
                line!(
                    wgsl,
                    "      let high{buffer} = select({word} & 0xffff0000u, to_{kind}(y.{field}) << 16u, both);"
                );
                line!(wgsl, "      {word} = to_{kind}(x.{field}) | high{buffer};");
            }
            None => {
                line!(wgsl, "      b{buffer}[a{buffer} + e] = x.{field};");
                line!(wgsl, "      if (both) {{ b{buffer}[a{buffer} + e + 1u] = y.{field}; }}");
            }
        }
    }
    wgsl.push_str("    }\n  }\n");
}
