//! Instruction sets, and which of them this machine supports.

use std::fmt;
use std::str::FromStr;

/// An instruction set for which kernels are compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Isa {
    /// The default of targets other than x86-64, aarch64 and WebAssembly with simd128.
    Portable,
    /// SSE2, 128 bits wide: on every x86-64 machine.
    Sse2,
    /// NEON, 128 bits wide: on every aarch64 machine.
    Neon,
    /// WebAssembly's simd128, 128 bits wide: in modules built with `+simd128`.
    Simd128,
    /// AVX2 with FMA, 256 bits wide.
    Avx2,
    /// AVX-512 (F), 512 bits wide.
    Avx512,
}

const ALL: [Isa; 6] = [Isa::Portable, Isa::Sse2, Isa::Neon, Isa::Simd128, Isa::Avx2, Isa::Avx512];

impl Isa {
    /// The instruction set that every machine of this target supports.
    pub const BASELINE: Isa = if cfg!(target_arch = "x86_64") {
        Isa::Sse2
    } else if cfg!(target_arch = "aarch64") {
        Isa::Neon
    } else if cfg!(all(target_arch = "wasm32", target_feature = "simd128")) {
        Isa::Simd128
    } else {
        Isa::Portable
    };

    /// Returns its name in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Isa::Portable => "portable",
            Isa::Sse2 => "sse2",
            Isa::Neon => "neon",
            Isa::Simd128 => "simd128",
            Isa::Avx2 => "avx2",
            Isa::Avx512 => "avx512",
        }
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The error for a text that is not the name of an [`Isa`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not an instruction set; there are portable, sse2, neon, simd128, avx2 and avx512")]
pub struct UnknownIsa(String);

impl FromStr for Isa {
    type Err = UnknownIsa;

    fn from_str(name: &str) -> Result<Isa, UnknownIsa> {
        ALL.into_iter().find(|isa| isa.name() == name).ok_or_else(|| UnknownIsa(name.to_owned()))
    }
}

/// Returns the instruction sets that this machine supports, narrowest first.
pub fn available_isas() -> Vec<Isa> {
    #[allow(unused_mut, reason = "only x86-64 has more than one")]
    let mut isas = vec![Isa::BASELINE];
    #[cfg(target_arch = "x86_64")]
    {
        let fuses = std::arch::is_x86_feature_detected!("fma");
        if fuses && std::arch::is_x86_feature_detected!("avx2") {
            isas.push(Isa::Avx2);
        }
        if fuses && std::arch::is_x86_feature_detected!("avx512f") {
            isas.push(Isa::Avx512);
        }
    }
    isas
}
