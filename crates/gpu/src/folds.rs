//! Folds the block sums of reductions to their results, in the same fixed order as the CPU.

use std::collections::BTreeMap;

use gradloom_core::formulas::reductions::ReductionFormula;
use gradloom_core::lanes::trace::Trace;
use gradloom_core::plan::Scope;
use gradloom_core::plan::resolved::ReduceStep;
use gradloom_core::sums::BLOCK;

use crate::builder::Builder;
use crate::gpu_plan::Access;
use crate::wgsl::{FIND_ROW, FOLD, MAIN, header, traced};

/// The reductions of a section.
#[derive(Default)]
pub(crate) struct Sums(Vec<Sum>);

/// A reduction on its way to its registers.
struct Sum {
    formula: &'static ReductionFormula,
    scope: Scope,
    into: usize,
    leaves: Vec<Part>,
    /// The index of its first leaf sum, if it adds up several leaves.
    leaf_sums: Option<u32>,
}

/// The sums of a leaf's blocks.
struct Part {
    leaf: usize,
    elements: u64,
    /// The index of the first of these sums among the partial sums.
    first: u32,
}

impl Part {
    fn blocks(&self) -> u64 {
        self.elements.div_ceil(BLOCK as u64)
    }
}

/// The fold of `count` partial sums from `first` on: the sum of each block of them is written to `to` and the places after it.
struct Fold {
    first: u32,
    count: u64,
    to: u32,
}

/// At most a block of partial sums, whose result is written to `targets` registers; `n` is the number of elements that were summed.
struct Finish {
    first: u32,
    count: u64,
    n: u64,
    register: u32,
    targets: u32,
}

/// The folds of a section by level: each level reads the sums that the level before wrote.
#[derive(Default)]
struct Levels(Vec<Vec<Fold>>);

impl Levels {
    /// Plans folds of `count` numbers from `first` on, level by level until at most `most` are left; a single one goes to `last`, if given.
    /// Returns the index of the first number left, their count, and the level that can read them.
    fn shrink(
        &mut self,
        builder: &mut Builder<'_>,
        (mut first, mut count): (u32, u64),
        most: u64,
        mut level: usize,
        last: Option<u32>,
    ) -> (u32, u64, usize) {
        while count > most {
            let blocks = count.div_ceil(BLOCK as u64);
            let to = last.filter(|_| blocks == 1).unwrap_or_else(|| builder.reserve_partials(blocks));
            if self.0.len() <= level {
                self.0.resize_with(level + 1, Vec::new);
            }
            self.0[level].push(Fold { first, count, to });
            (first, count, level) = (to, blocks, level + 1);
        }
        (first, count, level)
    }
}

impl Sums {
    /// Reserves the sums of blocks of the reductions of a section.
    pub(crate) fn reserve<'a>(
        builder: &mut Builder<'_>,
        steps: impl Iterator<Item = &'a ReduceStep>,
    ) -> Sums {
        let mut sums = Vec::new();
        for step in steps {
            let set = &builder.plan.sets[step.set];
            let several = step.scope == Scope::Tree && set.len() > 1;
            let leaf_sums = several.then(|| builder.reserve_partials(set.len() as u64));
            let mut leaves = Vec::new();
            for (position, &leaf) in set.iter().enumerate() {
                let elements = builder.plan.leaves[leaf].elements as u64;
                let mut part = Part { leaf, elements, first: 0 };
                part.first = match (leaf_sums, part.blocks()) {
                    // A leaf of one block has its block sum as its leaf sum.
                    (Some(leaf_sums), 0 | 1) => leaf_sums + position as u32,
                    (_, blocks) => builder.reserve_partials(blocks),
                };
                leaves.push(part);
            }
            sums.push(Sum { formula: step.formula, scope: step.scope, into: step.into, leaves, leaf_sums });
        }
        Sums(sums)
    }

    /// Returns the index of a reduction's first block sum of a leaf.
    pub(crate) fn first(&self, sum: usize, leaf: usize) -> u32 {
        let parts = &self.0[sum].leaves;
        parts[parts.binary_search_by_key(&leaf, |part| part.leaf).expect("a leaf of the set")].first
    }

    /// Adds the dispatches that fold the sums and write the registers.
    pub(crate) fn lower(self, builder: &mut Builder<'_>) {
        let mut levels = Levels::default();
        let mut finishes = BTreeMap::<&'static str, (&'static ReductionFormula, Vec<Finish>)>::new();
        for sum in &self.0 {
            let rows = sum.rows(builder, &mut levels);
            finishes.entry(sum.formula.name).or_insert((sum.formula, Vec::new())).1.extend(rows);
        }
        for level in levels.0 {
            emit_folds(builder, &level);
        }
        for (formula, rows) in finishes.into_values() {
            emit_finishes(builder, formula, &rows);
        }
    }
}

impl Sum {
    /// Plans the folds of its leaves, and returns the sums that are left to finish.
    fn rows(&self, builder: &mut Builder<'_>, levels: &mut Levels) -> Vec<Finish> {
        let leaves = builder.plan.leaves.len();
        let register = |leaf: usize| (self.into * leaves + leaf) as u32;
        let block = BLOCK as u64;
        if self.scope == Scope::Leaf {
            let finish = |part: &Part| {
                let (first, count, _) = levels.shrink(builder, (part.first, part.blocks()), block, 0, None);
                Finish { first, count, n: part.elements, register: register(part.leaf), targets: 1 }
            };
            return self.leaves.iter().map(finish).collect();
        }
        let n = self.leaves.iter().map(|part| part.elements).sum();
        let (first, count) = match self.leaf_sums {
            Some(leaf_sums) => {
                let mut next = 0;
                for (i, part) in self.leaves.iter().enumerate() {
                    let to = Some(leaf_sums + i as u32);
                    let (_, _, level) = levels.shrink(builder, (part.first, part.blocks()), 1, 0, to);
                    next = next.max(level);
                }
                let all = (leaf_sums, self.leaves.len() as u64);
                let (first, count, _) = levels.shrink(builder, all, block, next, None);
                (first, count)
            }
            None => {
                let only = self.leaves.first().map_or((0, 0), |part| (part.first, part.blocks()));
                let (first, count, _) = levels.shrink(builder, only, block, 0, None);
                (first, count)
            }
        };
        vec![Finish { first, count, n, register: register(0), targets: leaves as u32 }]
    }
}

const SUM_BLOCK: &str = "\
\x20 var sum = 0.0;
  for (var k = 0u; k < 4u; k = k + 1u) {
    let e = k * 256u + lane;
    if (e < count) { sum = sum + partials[first + e]; }
  }
  let total = fold(lane, sum);
";

/// Adds the dispatches of a level. A row of their table: first workgroup, first number, count, first sum.
fn emit_folds(builder: &mut Builder<'_>, folds: &[Fold]) {
    let storage = vec![Access::ReadOnlyStorage, Access::Storage];
    let header = header(builder, Access::ReadOnlyStorage);
    let wgsl = format!(
        "{header}@group(0) @binding(3) var<storage, read_write> partials: array<f32>;\n{FOLD}{FIND_ROW}{MAIN}\
         \x20 let row = find_row(workgroup.x, 4u);\n\
         \x20 let done = workgroup.x - info[row];\n\
         \x20 let first = info[row + 1u] + done * 1024u;\n\
         \x20 let count = info[row + 2u] - done * 1024u;\n\
         {SUM_BLOCK}\
         \x20 if (lane == 0u) {{ partials[info[row + 3u] + done] = total; }}\n}}\n"
    );
    let pipeline = builder.pipeline("fold sums of blocks", wgsl, storage);
    let most = builder.request.limits.max_compute_workgroups_per_dimension;
    let (mut rows, mut workgroups) = (Vec::new(), 0);
    let emit = |builder: &mut Builder<'_>, rows: &mut Vec<u32>, workgroups: &mut u64| {
        if *workgroups > 0 {
            let first = builder.table(rows);
            let storage = vec![builder.whole(builder.info), builder.whole(builder.partials)];
            builder.dispatch(pipeline, [*workgroups as u32, 1, 1], &[first, rows.len() as u32 / 4], storage);
        }
        rows.clear();
        *workgroups = 0;
    };
    for fold in folds {
        let blocks = fold.count.div_ceil(BLOCK as u64);
        let mut done = 0;
        while done < blocks {
            if workgroups == most {
                emit(builder, &mut rows, &mut workgroups);
            }
            let now = (blocks - done).min(most - workgroups);
            let (first, left) = (fold.first as u64 + done * BLOCK as u64, fold.count - done * BLOCK as u64);
            rows.extend([workgroups as u32, first as u32, left as u32, fold.to + done as u32]);
            workgroups += now;
            done += now;
        }
    }
    emit(builder, &mut rows, &mut workgroups);
}

/// Adds the dispatches that finish sums. A row of their table: first number, count, elements, first register, count of registers.
fn emit_finishes(builder: &mut Builder<'_>, formula: &ReductionFormula, finishes: &[Finish]) {
    let (lines, value) = traced(2, &|| (formula.finished)(Trace::input("total"), Trace::input("n")));
    let header = header(builder, Access::Storage);
    let wgsl = format!(
        "{header}@group(0) @binding(3) var<storage, read> partials: array<f32>;\n{FOLD}{MAIN}\
         \x20 let row = block[0].x + workgroup.x * 5u;\n\
         \x20 let first = info[row];\n\
         \x20 let count = info[row + 1u];\n\
         {SUM_BLOCK}\
         \x20 let n = bitcast<f32>(info[row + 2u]);\n\
         {lines}\
         \x20 let value = bitcast<u32>({value});\n\
         \x20 let to = info[row + 3u];\n\
         \x20 let targets = info[row + 4u];\n\
         \x20 for (var i = lane; i < targets; i = i + 256u) {{ info[to + i] = value; }}\n}}\n"
    );
    let storage = vec![Access::Storage, Access::ReadOnlyStorage];
    let pipeline = builder.pipeline(format!("finish {}", formula.name), wgsl, storage);
    let most = builder.request.limits.max_compute_workgroups_per_dimension as usize;
    for finishes in finishes.chunks(most) {
        let rows: Vec<u32> = finishes
            .iter()
            .flat_map(|row| {
                [row.first, row.count as u32, (row.n as f32).to_bits(), row.register, row.targets]
            })
            .collect();
        let first = builder.table(&rows);
        let storage = vec![builder.whole(builder.info), builder.whole(builder.partials)];
        builder.dispatch(pipeline, [finishes.len() as u32, 1, 1], &[first], storage);
    }
}
