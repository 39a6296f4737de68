//! The order of numbers in memory.

use tch::Tensor;

/// `x [B, C, H, W]` with its channels side by side in memory, the order that convolutions are
/// quickest in; what they compute from it keeps the order.
pub fn channels_last(x: &Tensor) -> Tensor {
    x.permute([0, 2, 3, 1]).contiguous().permute([0, 3, 1, 2])
}
