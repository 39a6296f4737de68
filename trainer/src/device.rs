//! Where tensors live, and in what precision networks compute.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Instant;

use clap::ValueEnum;
use libloading::os::unix;
use tch::{Cuda, Device, Kind, Tensor};

use crate::error::{Error, Result};

/// What networks compute in; weights, optimizer and statistics are float32 always.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 32-bit floats.
    F32,
    /// 16-bit brain floats, for which processors with AMX and GPUs have faster matrix products.
    Bf16,
}

/// What networks are asked to compute in.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum PrecisionArg {
    /// What takes less time where the run begins; on a GPU bf16
    #[default]
    Auto,
    /// 32-bit floats
    F32,
    /// 16-bit brain floats
    Bf16,
}

impl PrecisionArg {
    /// The precision that this is on the device called `device`.
    pub fn on(self, device: &str) -> Precision {
        match self {
            Self::F32 => Precision::F32,
            Self::Bf16 => Precision::Bf16,
            Self::Auto if device == "cpu" => Precision::faster(),
            Self::Auto => Precision::Bf16,
        }
    }
}

impl From<Precision> for PrecisionArg {
    fn from(precision: Precision) -> Self {
        match precision {
            Precision::F32 => Self::F32,
            Precision::Bf16 => Self::Bf16,
        }
    }
}

impl Precision {
    /// The kind of the tensors that networks compute with.
    pub fn kind(self) -> Kind {
        match self {
            Self::F32 => Kind::Float,
            Self::Bf16 => Kind::BFloat16,
        }
    }

    /// What a small step of training takes less time in on this processor, with as many threads as are set;
    /// timed once.
    pub fn faster() -> Self {
        static FASTER: OnceLock<Precision> = OnceLock::new();
        let least = |precision: Self| {
            (0..STEPS).map(|_| step_seconds(precision.kind())).fold(f64::MAX, f64::min)
        };
        *FASTER.get_or_init(|| match least(Self::Bf16) < least(Self::F32) {
            true => Self::Bf16,
            false => Self::F32,
        })
    }
}

/// Steps that are timed in either precision.
const STEPS: usize = 5;

/// Seconds of a step as encoders and discriminators make it: convolutions with leaky ReLU between,
/// forward and backward, with weights in float32. It draws nothing.
fn step_seconds(kind: Kind) -> f64 {
    let constant =
        |shape: &[i64], value: f64| Tensor::full(shape, value, (Kind::Float, Device::Cpu));
    let input = constant(&[16, 48, 24, 24], 0.5).to_kind(kind);
    let weight = constant(&[48, 48, 3, 3], 0.01).set_requires_grad(true);
    let begun = Instant::now();
    let kernel = weight.to_kind(kind);
    let conv = |x: &Tensor| x.conv2d(&kernel, None::<Tensor>, [1, 1], [1, 1], [1, 1], 1);
    conv(&conv(&input).leaky_relu()).mean(Kind::Float).backward();
    begun.elapsed().as_secs_f64()
}

/// The device called `name`: `cpu`, `cuda` or `cuda:N`.
///
/// # Errors
/// [`Error::Parameter`] when the name means none, or CUDA cannot be used here, saying what is missing.
pub fn open(name: &str) -> Result<Device> {
    let number = match name {
        "cpu" => return Ok(Device::Cpu),
        "cuda" => Some(0),
        other => other.strip_prefix("cuda:").and_then(|n| n.parse().ok()),
    };
    let number: usize = number.ok_or_else(|| {
        Error::parameter("--device", format!("{name:?} is none of cpu, cuda, cuda:0, cuda:1 ..."))
    })?;
    load_cuda()?;
    match usize::try_from(Cuda::device_count()).unwrap_or(0) {
        0 => Err(Error::parameter("--device", "there is no GPU that libtorch can use")),
        count if number >= count => {
            let problem = format!("there is no cuda:{number}; the last one is cuda:{}", count - 1);
            Err(Error::parameter("--device", problem))
        }
        _ => Ok(Device::Cuda(number)),
    }
}

/// Loads libtorch's CUDA part, which registers itself; a program is not linked with it, so that the
/// same one runs where there is none.
fn load_cuda() -> Result<()> {
    if tch::utils::has_cuda() {
        return Ok(());
    }
    let path = beside_libtorch().unwrap_or_default().join("libtorch_cuda.so");
    let flags = unix::RTLD_LAZY | unix::RTLD_GLOBAL;
    // SAFETY: libtorch's own initialisers run, as they do in every program that is linked with it.
    match unsafe { unix::Library::open(Some(&path), flags) } {
        Ok(library) => {
            // Never unloaded: what it registered is called until the program ends.
            std::mem::forget(library);
            Ok(())
        }
        Err(e) => {
            let problem = format!(
                "{} cannot be loaded ({e}); get one by `cargo xtask libtorch --cuda`, or set \
                 LD_LIBRARY_PATH to the folder torch/lib of a PyTorch 2.11.0 with CUDA",
                path.display()
            );
            Err(Error::parameter("--device", problem))
        }
    }
}

/// The folder that libtorch was loaded from.
fn beside_libtorch() -> Option<PathBuf> {
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    let line = maps.lines().find(|line| line.ends_with("/libtorch_cpu.so"))?;
    let path = &line[line.find('/')?..];
    Some(PathBuf::from(path).parent()?.to_owned())
}

/// Sets how many threads compute on the processor; `None` for as many as there are processors.
/// Results depend on the number in the last bits, so resumed runs need the same.
pub fn set_threads(threads: Option<usize>) -> usize {
    let available = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = threads.unwrap_or(available).clamp(1, 1024);
    tch::set_num_threads(i32::try_from(threads).unwrap_or(1));
    // Kernels of this project. Once it computes its size stays, as it does where a test asks for another.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    threads
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_precision_is_chosen_once() {
        let chosen = PrecisionArg::Auto.on("cpu");
        assert_eq!(PrecisionArg::Auto.on("cpu"), chosen);
        assert_eq!(PrecisionArg::from(chosen).on("cpu"), chosen);
        assert_eq!(PrecisionArg::Auto.on("cuda:1"), Precision::Bf16);
        assert_eq!(PrecisionArg::F32.on("cuda"), Precision::F32);
    }

    #[test]
    fn devices_are_named() {
        assert_eq!(open("cpu").unwrap(), Device::Cpu);
        assert!(open("gpu").unwrap_err().to_string().contains("none of cpu, cuda"));
        assert!(open("cuda:x").is_err());
        if !tch::utils::has_cuda() {
            assert!(open("cuda:0").unwrap_err().to_string().contains("libtorch_cuda.so"));
        }
    }
}
