//! Elementwise kernels and reductions: each group of leaves goes through all steps of a section in one dispatch where the device allows.

use std::collections::BTreeMap;

use gradloom_core::compile::groups::LeafGroup;
use gradloom_core::compile::sections::{End, GroupSteps, Item, StreamSection};
use gradloom_core::formulas::IDENTITY;
use gradloom_core::plan::Output;
use gradloom_core::plan::resolved::ResolvedPhase;
use gradloom_core::sums::BLOCK;
use gradloom_core::{Broadcast, GRADS, SLOTS, UPDATES};

use crate::builder::{Builder, within};
use crate::chunks::{Bound, Chunk, split};
use crate::error::Error;
use crate::folds::Sums;
use crate::pass::Pass;
use crate::shader;

/// Lowers a section: the steps of each group, then the folds of its sums.
pub(crate) fn lower(
    builder: &mut Builder<'_>,
    phase: &ResolvedPhase,
    section: &StreamSection,
    groups: &mut [LeafGroup],
) -> Result<(), Error> {
    let sums = Sums::reserve(builder, section.sums(phase));
    let stores_slots = phase.output != Output::Registers;
    for group in groups {
        let GroupSteps { items, output } = section.steps_of(phase, group);
        // The section after a dry run repeats its maps from the same u: where that lies in the updates, a split would overwrite it.
        let can_split = stores_slots && (section.end != End::DryRun || group.location != UPDATES);
        lower_group(builder, group, &items, output, stores_slots, can_split, &sums)?;
        group.location = output.unwrap_or(group.location);
    }
    sums.lower(builder);
    Ok(())
}

/// Lowers the steps of a group to as few passes as the device allows; between them u lies in the updates.
fn lower_group(
    builder: &mut Builder<'_>,
    group: &LeafGroup,
    items: &[Item<'_>],
    output: Option<usize>,
    stores_slots: bool,
    can_split: bool,
    sums: &Sums,
) -> Result<(), Error> {
    let mut input = group.location;
    let mut rest = items;
    // Without elementwise kernels u does not change, so the section can be split in any case.
    let can_split = can_split || !items.iter().any(Item::is_map);
    while !rest.is_empty() {
        let least = if can_split { 1 } else { rest.len() };
        let passes = (least..=rest.len()).rev().map(|count| {
            let changed = rest[..count].iter().any(Item::is_map).then_some(UPDATES);
            let output = if count == rest.len() { output } else { changed };
            Pass { input, output, items: &rest[..count], stores_slots }
        });
        let Some(pass) = passes.into_iter().find(|pass| pass.fits(builder)) else {
            // A kernel that needs too many buffers may fit once u is changed in place.
            if can_split && input == GRADS {
                let copy = [Item::plain(&IDENTITY)];
                emit(builder, group, &Pass::to_updates(input, &copy), sums)?;
                input = UPDATES;
                continue;
            }
            let most = builder.request.limits.max_storage_buffers_per_shader_stage as u64;
            let needed = Pass::to_updates(input, &rest[..least]).storage_buffers() as u64;
            let what = || format!("the kernel \"{}\"", rest[0].name());
            return within(what, "maxStorageBuffersPerShaderStage", needed.max(most + 1), most);
        };
        emit(builder, group, &pass, sums)?;
        input = pass.output.unwrap_or(input);
        rest = &rest[pass.items.len()..];
    }
    Ok(())
}

/// Copies the u of a group to the updates.
pub(crate) fn copy_to_updates(builder: &mut Builder<'_>, group: &mut LeafGroup) -> Result<(), Error> {
    let copy = [Item::plain(&IDENTITY)];
    emit(builder, group, &Pass::to_updates(group.location, &copy), &Sums::default())?;
    group.location = UPDATES;
    Ok(())
}

/// Adds the dispatches of a pass for a group.
fn emit(builder: &mut Builder<'_>, group: &LeafGroup, pass: &Pass<'_>, sums: &Sums) -> Result<(), Error> {
    let buffers: Vec<usize> = pass.buffers().into_iter().collect();
    let broadcasts = Broadcasts::of(builder, group, &buffers)?;
    let broadcast = broadcasts.0.keys().copied().collect();
    let Some(shader) = shader::write(builder, pass, &broadcast) else { return Ok(()) };
    let names: Vec<&str> = pass.items.iter().map(Item::name).collect();
    let pipeline = builder.pipeline(names.join(", "), shader.wgsl, shader.storage);
    let bound = Bound { buffers: &buffers, broadcast: &broadcast };
    for chunk in split(builder, &group.leaves, &bound)? {
        let rows = rows(pass, &chunk, sums, &broadcasts);
        let first = builder.table(&rows);
        let mut storage = vec![builder.whole(builder.info)];
        storage.extend(&chunk.ranges);
        if pass.reduces() {
            storage.push(builder.whole(builder.partials));
        }
        let block = [first, chunk.segments.len() as u32];
        builder.dispatch(pipeline, [chunk.workgroups, 1, 1], &block, storage);
    }
    Ok(())
}

/// The broadcasts of slots that lack axes, by buffer and leaf.
struct Broadcasts(BTreeMap<usize, BTreeMap<usize, Broadcast>>);

impl Broadcasts {
    fn of(builder: &Builder<'_>, group: &LeafGroup, buffers: &[usize]) -> Result<Broadcasts, Error> {
        let slots = buffers.iter().filter(|buffer| **buffer >= SLOTS);
        let by_leaf = slots.map(|buffer| (*buffer, builder.plan.broadcasts(*buffer, &group.leaves)));
        let broadcasts = Broadcasts(by_leaf.filter(|(_, by_leaf)| !by_leaf.is_empty()).collect());
        for &leaf in group.leaves.iter().filter(|_| !broadcasts.0.is_empty()) {
            let (elements, allowed) = (builder.plan.leaves[leaf].elements as u64, u32::MAX.into());
            if elements > allowed {
                return Err(Error::Elements { leaf, elements, allowed });
            }
        }
        Ok(broadcasts)
    }
}

/// Returns the table of a chunk: a row for each segment, as the shader reads them.
fn rows(pass: &Pass<'_>, chunk: &Chunk, sums: &Sums, broadcasts: &Broadcasts) -> Vec<u32> {
    let mut rows = Vec::new();
    for segment in &chunk.segments {
        // The rest of the leaf may have more elements than a u32 counts; a dispatch takes fewer.
        let elements = u32::try_from(segment.elements).unwrap_or(u32::MAX);
        rows.extend([segment.first_workgroup, segment.leaf as u32, elements]);
        rows.extend(&segment.starts);
        for item in pass.items {
            if let Item::Reduce { sum, .. } = item {
                rows.push(sums.first(*sum, segment.leaf) + segment.first_block as u32);
            }
        }
        if !broadcasts.0.is_empty() {
            rows.push(segment.first_block as u32 * BLOCK as u32);
        }
        for leaves in broadcasts.0.values() {
            let broadcast = leaves[&segment.leaf];
            rows.extend([broadcast.period() as u32, broadcast.inner as u32]);
        }
    }
    rows
}
