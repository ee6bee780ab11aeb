use std::fmt;
use std::str::FromStr;

/// An instruction set that kernels are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Isa {
    /// Whatever the target has by default, on targets not named below.
    Portable,
    /// 128 bits: every x86-64 machine.
    Sse2,
    /// 128 bits: every aarch64 machine.
    Neon,
    /// 128 bits: WebAssembly built with `+simd128`.
    Simd128,
    /// 256 bits, with FMA.
    Avx2,
    /// 512 bits.
    Avx512,
}

const ALL: [Isa; 6] = [Isa::Portable, Isa::Sse2, Isa::Neon, Isa::Simd128, Isa::Avx2, Isa::Avx512];

impl Isa {
    /// The set that every machine of this target has.
    pub const BASELINE: Isa = if cfg!(target_arch = "x86_64") {
        Isa::Sse2
    } else if cfg!(target_arch = "aarch64") {
        Isa::Neon
    } else if cfg!(all(target_arch = "wasm32", target_feature = "simd128")) {
        Isa::Simd128
    } else {
        Isa::Portable
    };

    /// Its name in lower case.
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

/// The text is not the name of an [`Isa`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no instruction set: portable, sse2, neon, simd128, avx2 or avx512")]
pub struct UnknownIsa(String);

impl FromStr for Isa {
    type Err = UnknownIsa;

    fn from_str(name: &str) -> Result<Isa, UnknownIsa> {
        ALL.into_iter().find(|isa| isa.name() == name).ok_or_else(|| UnknownIsa(name.to_owned()))
    }
}

/// The instruction sets this machine can run, narrowest first.
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
