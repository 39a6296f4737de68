//! Vector arithmetic for the engine's kernels, at the width the machine has.
//!
//! `pulp` chooses the instruction set at run time. `POLYINR_CPU=avx2` or `portable` holds the
//! kernels back from wider ones, for tests and for tools that do not know AVX-512.

use std::sync::LazyLock;

use pulp::{Arch, Simd, WithSimd};

use crate::network::LRELU_SLOPE;

/// The environment variable that chooses.
const VARIABLE: &str = "POLYINR_CPU";

/// Feature counts are padded to a multiple of this, the widest vector.
pub(super) const PAD: usize = 16;

/// `n` rounded up to a multiple of [`PAD`].
pub(super) fn padded(n: usize) -> usize {
    n.next_multiple_of(PAD)
}

/// The instruction set in use.
pub(super) fn arch() -> Arch {
    static ARCH: LazyLock<Arch> = LazyLock::new(choose);
    *ARCH
}

#[cfg(target_arch = "x86_64")]
fn choose() -> Arch {
    let avx2 = || pulp::x86::V3::try_new().map_or(Arch::Scalar, Arch::V3);
    match std::env::var(VARIABLE).as_deref() {
        Ok("portable") => Arch::Scalar,
        Ok("avx2") => avx2(),
        _ => Arch::new(),
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn choose() -> Arch {
    match std::env::var(VARIABLE).as_deref() {
        Ok("portable") => Arch::Scalar,
        _ => Arch::new(),
    }
}

/// What is wrong with the environment's choice, if anything.
pub(super) fn problem() -> Option<String> {
    let wanted = std::env::var_os(VARIABLE)?;
    (!["", "avx2", "portable"].iter().any(|known| wanted == *known)).then(|| {
        let wanted = wanted.to_string_lossy();
        format!("{VARIABLE} is {wanted:?}; set it to avx2 or portable, or leave it out")
    })
}

/// Values a vector holds in the instruction set in use.
pub(super) fn lanes() -> usize {
    struct Lanes;
    impl WithSimd for Lanes {
        type Output = usize;
        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }
    arch().dispatch(Lanes)
}

/// Name of the instruction set in use.
pub(super) fn name() -> &'static str {
    match arch() {
        #[cfg(target_arch = "x86_64")]
        Arch::V4(_) => "AVX-512",
        #[cfg(target_arch = "x86_64")]
        Arch::V3(_) => "AVX2",
        Arch::Scalar => "portable",
        _ => "native",
    }
}

/// The vector at `at`.
///
/// # Safety
/// `at` must be readable for `S::F32_LANES` values.
#[inline(always)]
pub(super) unsafe fn load<S: Simd>(at: *const f32) -> S::f32s {
    // SAFETY: as the caller promises; `f32s` is plain data and read unaligned.
    unsafe { at.cast::<S::f32s>().read_unaligned() }
}

/// Stores a vector at `at`.
///
/// # Safety
/// `at` must be writable for `S::F32_LANES` values.
#[inline(always)]
pub(super) unsafe fn store<S: Simd>(at: *mut f32, value: S::f32s) {
    // SAFETY: as the caller promises; `f32s` is plain data and written unaligned.
    unsafe { at.cast::<S::f32s>().write_unaligned(value) }
}

/// Leaky ReLU.
#[inline(always)]
pub(super) fn lrelu<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    simd.max_f32s(x, simd.mul_f32s(x, simd.splat_f32s(LRELU_SLOPE)))
}
