//! The names that the released networks' tensors have (`synthesis.fb1.fc0_1`, ...).

use super::config::{AffineActivation, PolyInrConfig};
use crate::error::Result;
use crate::tensors::{ForeignTensors, NamedTensor};

/// Whether tensors are those of a released network.
pub(crate) fn recognises(source: &ForeignTensors<'_>) -> bool {
    source.has("synthesis.fc0_0.weight")
}

/// The shape that tensors have; in the paper's form affine terms pass through no leaky ReLU.
pub(crate) fn config(source: &ForeignTensors<'_>, bare_affine: bool) -> Result<PolyInrConfig> {
    let levels = 1 + source.count(|j| format!("synthesis.fb{}.fc0_1.weight", j + 1));
    let config = PolyInrConfig::new(levels, source.dimension("synthesis.fc0_0.weight", 0)?);
    Ok(match bare_affine {
        true => PolyInrConfig { affine_activation: AffineActivation::None, ..config },
        false => config,
    })
}

/// Copies all tensors. The released networks take the row coordinate first; model files take x (the
/// column) first.
pub(crate) fn copy(
    source: &ForeignTensors<'_>,
    config: &PolyInrConfig,
    out: &mut Vec<NamedTensor>,
) -> Result<()> {
    for j in 0..config.levels {
        level(source, out, j)?;
    }
    source.layer(out, "synthesis.to_rgb", "rgb")?;
    if let Some((_, shape, _)) = out.iter_mut().find(|(name, ..)| name == "rgb.weight") {
        *shape = vec![3, config.features];
    }
    Ok(())
}

fn level(source: &ForeignTensors<'_>, out: &mut Vec<NamedTensor>, j: usize) -> Result<()> {
    let old = |part: &str| match j {
        0 => format!("synthesis.{part}"),
        _ => format!("synthesis.fb{j}.{part}"),
    };
    let new = |part: &str| format!("affine.{j}.{part}");
    if j > 0 {
        source.layer(out, &old("fc0_5"), &new("style"))?;
    }
    source.permuted(out, &old("fc0_3"), &new("matrix"), &[3, 2, 1, 0])?;
    source.permuted(out, &old("fc0_4"), &new("shift"), &[1, 0])?;
    source.permuted(out, &old("fc0_1"), &new("basis"), &[1, 0])?;
    source.layer(out, &old("fc0_2"), &new("offset"))?;
    let shared = if j == 0 { "fc0_0" } else { "fb0.fc1" };
    source.layer(out, &old(shared), &format!("level.{j}"))
}
