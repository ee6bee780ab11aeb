//! The cases of leafwise kernels as plans, for tests.

use serde_json::{Map, Value, json};

use crate::formulas;
use crate::leafwise::find;
pub use crate::leafwise::kernel::Case;

/// The plan of a case as JSON.
pub struct CasePlan {
    /// The plan, of one phase that applies the updates.
    pub json: Value,
    /// The values of its scalars.
    pub scalars: Vec<f64>,
}

impl Case {
    /// Returns a plan with these steps over the leaves of the case, of this type.
    ///
    /// # Panics
    /// If no kernel has the name of a step.
    pub fn plan(&self, dtype: &str, steps: &[&'static str]) -> CasePlan {
        let (mut slots, mut scalars) = (Vec::new(), Vec::new());
        let steps: Vec<Value> = steps.iter().map(|name| self.step(name, &mut slots, &mut scalars)).collect();
        let leaves: Vec<Value> =
            self.leaves.iter().map(|shape| json!({ "dtype": dtype, "shape": shape })).collect();
        let all: Vec<usize> = (0..leaves.len()).collect();
        let json = json!({
            "leaves": leaves,
            "sets": [all],
            "slots": slots.iter().map(|name| self.slot(name)).collect::<Vec<_>>(),
            "scalars": scalars.len(),
            "registers": 0,
            "phases": [{ "input": "grads", "output": "apply", "steps": steps }],
        });
        let value =
            |name: &&str| self.scalars.iter().find(|(own, _)| own == name).map_or(0.5, |(_, value)| *value);
        CasePlan { json, scalars: scalars.iter().map(value).collect() }
    }

    /// Returns a step as JSON, and adds its slots and scalars to the lists if no earlier step has named them.
    fn step(&self, name: &str, slots: &mut Vec<&'static str>, scalars: &mut Vec<&'static str>) -> Value {
        if let Some(kernel) = find(name) {
            let (slots, scalars) = (indices(&kernel.slot_names(), slots), indices(kernel.scalars, scalars));
            let mut step =
                json!({ "leafwise": name, "set": 0, "slots": slots, "scalars": scalars, "axes": self.axes });
            if !self.columns.is_empty() {
                step["columns"] = json!(self.columns);
            }
            return step;
        }
        let kernel = formulas::find(name).unwrap_or_else(|| panic!("there is no kernel {name}"));
        let (slots, scalars) = (indices(kernel.slots, slots), indices(kernel.scalars, scalars));
        json!({ "map": name, "set": 0, "slots": slots, "scalars": scalars })
    }

    fn slot(&self, name: &str) -> Value {
        let Some((_, shape_of)) = self.slots.iter().find(|(own, _)| *own == name) else {
            return json!({ "set": 0 });
        };
        let shapes: Vec<Vec<usize>> = self.leaves.iter().map(|leaf| shape_of(leaf, self.axes)).collect();
        json!({ "set": 0, "shapes": shapes })
    }
}

/// Returns the index in `all` of each name; adds the names that are missing there.
fn indices(names: &[&'static str], all: &mut Vec<&'static str>) -> Map<String, Value> {
    let index = |name: &&'static str| {
        let known = all.iter().position(|other| other == name);
        let index = known.unwrap_or_else(|| {
            all.push(*name);
            all.len() - 1
        });
        ((*name).to_owned(), json!(index))
    };
    names.iter().map(index).collect()
}
