//! Names of this engine.

/// On the processor.
pub(super) const NAME: &str = "onnx";
/// On NVIDIA's GPUs.
pub(super) const CUDA: &str = "cuda";
