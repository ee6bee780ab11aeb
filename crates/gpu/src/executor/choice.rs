//! The choice among the GPUs of this machine.

use std::sync::LazyLock;

use super::error::{Error, Result};

/// The GPU that a caller asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// A part of its name or its driver's, in upper or lower case; `None`: any GPU.
    pub name: Option<String>,
    /// The preference where several GPUs match.
    pub power: Power,
}

/// A preference among GPUs: WebGPU's `powerPreference`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Power {
    /// The fastest GPU.
    #[default]
    HighPerformance,
    /// The GPU that draws the least power.
    LowPower,
}

/// The GPU drivers of this machine, loaded once.
static DRIVERS: LazyLock<wgpu::Instance> =
    LazyLock::new(|| wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle()));

/// Returns the adapter that matches a choice best.
pub(super) fn find(choice: &Choice) -> Result<wgpu::Adapter> {
    let Some(name) = &choice.name else {
        let power_preference = match choice.power {
            Power::HighPerformance => wgpu::PowerPreference::HighPerformance,
            Power::LowPower => wgpu::PowerPreference::LowPower,
        };
        let options = wgpu::RequestAdapterOptions { power_preference, ..Default::default() };
        return pollster::block_on(DRIVERS.request_adapter(&options))
            .map_err(|error| Error::Unavailable(format!("there is no GPU that can be used: {error}")));
    };
    let mut adapters = pollster::block_on(DRIVERS.enumerate_adapters(wgpu::Backends::all()));
    adapters.sort_by_key(|adapter| rank(choice.power, adapter.get_info().device_type));
    let described: Vec<String> = adapters.iter().map(|adapter| describe(&adapter.get_info())).collect();
    let wanted = name.to_lowercase();
    let place = described.iter().position(|text| text.to_lowercase().contains(&wanted));
    place.map(|place| adapters.swap_remove(place)).ok_or_else(|| {
        let others = if described.is_empty() { "none".into() } else { described.join(", ") };
        Error::Unavailable(format!("there is no GPU called {name:?}, there is: {others}"))
    })
}

/// Ranks a type of adapter by the preference; 0 is the best.
fn rank(power: Power, kind: wgpu::DeviceType) -> usize {
    use wgpu::DeviceType::{Cpu, DiscreteGpu, IntegratedGpu, Other, VirtualGpu};
    let order = match power {
        Power::HighPerformance => [DiscreteGpu, IntegratedGpu, VirtualGpu, Other, Cpu],
        Power::LowPower => [IntegratedGpu, DiscreteGpu, VirtualGpu, Other, Cpu],
    };
    order.iter().position(|&other| other == kind).unwrap_or(order.len())
}

/// Describes an adapter by interface, name and driver, for example `wgpu vulkan llvmpipe (LLVM 15.0.6, 256 bits), llvmpipe Mesa 22.3.6`.
pub(super) fn describe(info: &wgpu::AdapterInfo) -> String {
    let driver = format!("{} {}", info.driver, info.driver_info);
    format!("wgpu {} {}, {}", info.backend, info.name, driver.trim())
}
