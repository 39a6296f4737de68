//! The names that the plain module tree of a local Poly-INR has (`head`, `body.0.0`, `A`, `W.0`, ...).

use super::config::LocalPolyInrConfig;
use crate::error::Result;
use crate::tensors::{ForeignTensors, NamedTensor};

/// Whether tensors are those of such a tree.
pub(crate) fn recognises(source: &ForeignTensors<'_>) -> bool {
    source.has("head.weight") && source.has("A.weight")
}

/// Copies all tensors; gives their network's shape.
pub(crate) fn copy(
    source: &ForeignTensors<'_>,
    out: &mut Vec<NamedTensor>,
) -> Result<LocalPolyInrConfig> {
    let blocks = source.count(|i| format!("body.{i}.0.weight"));
    let levels = source.count(|j| format!("W.{j}.weight"));
    source.layer(out, "head", "encoder.head")?;
    for i in 0..blocks {
        for (old, new) in [(0, 0), (2, 1)] {
            let to = format!("encoder.block.{i}.conv{new}");
            source.layer(out, &format!("body.{i}.{old}"), &to)?;
        }
    }
    source.layer(out, "tail", "encoder.tail")?;
    source.layer(out, "A", "encoder.affine")?;
    for j in 0..levels {
        source.layer(out, &format!("W.{j}"), &format!("level.{j}"))?;
    }
    source.layer(out, "rgb", "rgb")?;
    let encoder = [source.dimension("head.weight", 0)?, blocks];
    Ok(LocalPolyInrConfig::new(encoder, [levels, source.dimension("rgb.weight", 1)?]))
}
