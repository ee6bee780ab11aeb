//! A leaf with the operands of a leafwise kernel, and the dispatches of shaders for it.

use gradloom_core::leafwise::stack::Stack;

use crate::builder::{BLOCK_WORDS, Builder, within};
use crate::error::Error;
use crate::gpu_plan::{Access, Range};
use crate::wgsl::{MAIN, access, header};

/// The operands of a kernel for one leaf.
pub(crate) struct Leaf {
    /// The updates, which a kernel that only reads them must not write.
    pub u: Range,
    /// The slots, in the order of the kernel's.
    pub slots: Vec<Range>,
    /// The scalars, in the order of the kernel's: the index of a host scalar, or `IN_INFO` plus the index of a word of `info`.
    pub scalars: Vec<u32>,
    pub shape: Vec<usize>,
    /// The axes of the step: those of the rows, for kernels of matrices.
    pub axes: Vec<usize>,
    /// The axes of the columns.
    pub columns: Vec<usize>,
}

impl Leaf {
    /// Returns the leaf as matrices.
    pub(crate) fn stack(&self) -> Stack<'_> {
        Stack::new(&self.shape, &self.axes, &self.columns)
    }

    /// Counts its elements.
    pub(crate) fn elements(&self) -> u64 {
        self.shape.iter().product::<usize>() as u64
    }
}

/// The bit that marks the index of a word of `info`.
pub(crate) const IN_INFO: u32 = 1 << 31;

/// The number of last words of a dispatch's block that locate its scalars: one shader then serves the steps of any plan.
const SCALAR_WORDS: usize = 4;
const FIRST_SCALAR_WORD: usize = BLOCK_WORDS - SCALAR_WORDS;

const SCALAR: &str = "\
fn scalar(i: u32) -> f32 {
  let at = block[15][i];
  if (at >= 0x80000000u) { return bitcast<f32>(info[at & 0x7fffffffu]); }
  return scalars[at / 4u][at % 4u];
}
";

/// A storage binding of a shader.
pub(crate) struct Operand<'a> {
    pub name: &'a str,
    pub range: Range,
    pub access: Access,
}

/// Declares an operand that a shader reads.
pub(crate) fn reads(name: &str, range: Range) -> Operand<'_> {
    Operand { name, range, access: Access::ReadOnlyStorage }
}

/// Declares an operand that a shader may also write.
pub(crate) fn writes(name: &str, range: Range) -> Operand<'_> {
    Operand { name, range, access: Access::Storage }
}

/// Adds a dispatch of a shader of 256 threads. Its body sees `operands`, `block`, `workgroup` and `lane`, and scalar `i` as `scalar(i)`.
pub(crate) fn dispatch(
    builder: &mut Builder<'_>,
    leaf: &Leaf,
    label: &str,
    operands: &[Operand<'_>],
    (declarations, body): (&str, &str),
    workgroups: [u64; 3],
    block: &[u32],
) -> Result<(), Error> {
    let mut wgsl = header(builder, Access::ReadOnlyStorage);
    for (i, operand) in operands.iter().enumerate() {
        let (own, name) = (access(operand.access), operand.name);
        wgsl += &format!("@group(0) @binding({}) var<storage, {own}> {name}: array<f32>;\n", 3 + i);
    }
    wgsl += SCALAR;
    wgsl += declarations;
    wgsl += MAIN;
    wgsl += body;
    wgsl += "}\n";
    let most = builder.request.limits.max_storage_buffers_per_shader_stage as u64;
    let buffers = operands.len() as u64 + 1;
    within(|| label.to_owned(), "maxStorageBuffersPerShaderStage", buffers, most)?;
    if block.len() > FIRST_SCALAR_WORD {
        return Err(Error::Axes { kernel: label.to_owned(), axes: leaf.shape.len() });
    }
    let accesses = operands.iter().map(|operand| operand.access);
    let storage = std::iter::once(Access::ReadOnlyStorage).chain(accesses).collect();
    let pipeline = builder.pipeline(label, wgsl, storage);
    let ranges = operands.iter().map(|operand| operand.range);
    let storage = std::iter::once(builder.whole(builder.info)).chain(ranges).collect();
    let most = builder.request.limits.max_compute_workgroups_per_dimension;
    for count in workgroups {
        within(|| label.to_owned(), "maxComputeWorkgroupsPerDimension", count, most)?;
    }
    assert!(leaf.scalars.len() <= SCALAR_WORDS, "no kernel has more");
    let mut words = block.to_vec();
    words.resize(FIRST_SCALAR_WORD, 0);
    words.extend(&leaf.scalars);
    builder.dispatch(pipeline, workgroups.map(|count| count as u32), &words, storage);
    Ok(())
}

/// The elements of a workgroup of `each`.
const EACH: u64 = 1024;

/// Adds dispatches of a shader whose body runs for each `i` below `n`. The words of `block` start at `block[1].x`.
pub(crate) fn each(
    builder: &mut Builder<'_>,
    leaf: &Leaf,
    label: &str,
    operands: &[Operand<'_>],
    (declarations, body): (&str, &str),
    n: u64,
    block: &[u32],
) -> Result<(), Error> {
    let body = format!(
        "  for (var k = 0u; k < 4u; k = k + 1u) {{\n\
         \x20   let i = block[0].x + workgroup.x * 1024u + k * 256u + lane;\n\
         \x20   if (i < block[0].y) {{\n{body}    }}\n  }}\n"
    );
    let most = builder.request.limits.max_compute_workgroups_per_dimension * EACH;
    let mut start = 0;
    while start < n {
        let end = (start + most).min(n);
        let mut words = vec![start as u32, end as u32, 0, 0];
        words.extend(block);
        let workgroups = [(end - start).div_ceil(EACH), 1, 1];
        dispatch(builder, leaf, label, operands, (declarations, &body), workgroups, &words)?;
        start = end;
    }
    Ok(())
}
