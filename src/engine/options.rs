//! How an engine is set up.

use crate::error::{Error, Result};

/// Of the arithmetic by which fields are rendered. Derivatives and heat-maps are always exact, and so
/// are positions and affine terms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// float32.
    #[default]
    Exact,
    /// Weights and features in float16: 11 bits of mantissa, largest value 65,504.
    F16,
    /// Weights and features in bfloat16: 8 bits of mantissa, the range of float32.
    Bf16,
}

/// How an engine is set up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EngineOptions {
    /// Threads on the processor, 1 to 1024; `None` for one for every processor.
    pub threads: Option<usize>,
    /// Which GPU, from 0 on; `None` for the first. For `cuda` alone.
    pub device: Option<u32>,
    /// Most memory on the GPU that each of a model's graphs takes, in bytes; `None` for no limit. For
    /// `cuda` alone.
    pub device_memory: Option<usize>,
    /// Whether products on a GPU may take TF32: 10 bits of mantissa instead of 23. For `cuda` alone.
    pub tf32: bool,
    /// `cpu` is exact; `onnx` has float16 too, for comparison; `cuda` has all.
    pub precision: Precision,
}

impl EngineOptions {
    /// Fails for a number of threads that no engine takes.
    pub(crate) fn check_threads(&self) -> Result<()> {
        match self.threads.is_none_or(|threads| (1..=1024).contains(&threads)) {
            true => Ok(()),
            false => Err(Error::parameter("threads", "1 to 1024 are possible")),
        }
    }

    /// Fails for options that are impossible, or that the engine `name` has no use for.
    pub(super) fn check_for(&self, name: &str) -> Result<()> {
        self.check_threads()?;
        let gpu = name == "cuda";
        let possible = match self.precision {
            Precision::Exact => true,
            Precision::F16 => name != "cpu",
            Precision::Bf16 => gpu,
        };
        let refused = [
            ("device", self.device.is_some() && !gpu),
            ("device memory", self.device_memory.is_some() && !gpu),
            ("tf32", self.tf32 && !gpu),
            ("precision", !possible),
        ];
        match refused.into_iter().find(|(_, refused)| *refused) {
            None => Ok(()),
            Some((option, _)) => {
                let other = match self.precision {
                    Precision::F16 if option == "precision" => "onnx or cuda",
                    _ => "cuda",
                };
                let problem =
                    format!("the engine {name} does not take it; leave it out, or take {other}");
                Err(Error::parameter(option, problem))
            }
        }
    }
}
