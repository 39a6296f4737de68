//! Layers that an image's code modulates.

use polyinr::network::Modulated;

use super::{Layer, Parameters, lrelu};

/// Largest magnitude of what layers give.
const CLAMP: f64 = 256.0;

/// A network's layers as an image's code makes them, in the order of its matrices.
pub struct Layers<'a> {
    parameters: &'a Parameters,
    matrices: std::slice::Iter<'a, Layer>,
}

impl<'a> Layers<'a> {
    pub fn new(parameters: &'a Parameters) -> Self {
        Self { parameters, matrices: parameters.matrices.iter() }
    }

    /// The next, as it is.
    pub fn plain(&mut self) -> &'a Layer {
        self.matrices.next().expect("one more matrix")
    }

    /// The next, its rows multiplied by what `factors` makes of the code's tensors.
    fn modulated<F: Fn(usize, usize) -> f64>(
        &mut self,
        layer: &Modulated,
        factors: impl FnOnce(Vec<&'a [f64]>, usize) -> F,
    ) -> Layer {
        let Layer { weight, bias } = self.plain();
        let inputs = layer.layer.inputs;
        let factor = factors(self.parameters.of(&layer.modulation), inputs);
        let weight = weight.iter().enumerate().map(|(i, w)| w * factor(i / inputs, i % inputs));
        Layer { weight: weight.collect(), bias: bias.clone() }
    }

    /// The next, columns multiplied by the code, rows then brought to length 1.
    pub fn demodulated(&mut self, layer: &Modulated) -> Layer {
        let mut made = self.modulated(layer, |code, _| move |_, i| code[0][i]);
        for row in made.weight.chunks_exact_mut(layer.layer.inputs) {
            let length = (row.iter().map(|w| w * w).sum::<f64>() + 1e-8).sqrt();
            row.iter_mut().for_each(|w| *w /= length);
        }
        made
    }

    /// The next, columns multiplied by the code and divided by `sqrt(inputs)`.
    pub fn styled(&mut self, layer: &Modulated) -> Layer {
        self.modulated(layer, |code, inputs| move |_, i| code[0][i] / (inputs as f64).sqrt())
    }

    /// The next, its weight W as `W ⊙ (L R / sqrt(rank) + 1)`, each row brought to length 1.
    pub fn factorised(&mut self, layer: &Modulated, rank: usize) -> Layer {
        let mut made = self.modulated(layer, |code, inputs| {
            move |o, i| {
                let [l, r] = [code[0], code[1]];
                let product: f64 = (0..rank).map(|k| l[o * rank + k] * r[k * inputs + i]).sum();
                product / (rank as f64).sqrt() + 1.0
            }
        });
        for row in made.weight.chunks_exact_mut(layer.layer.inputs) {
            let length = row.iter().map(|w| w * w).sum::<f64>().sqrt() + 1e-8;
            row.iter_mut().for_each(|w| *w /= length);
        }
        made
    }
}

/// `sqrt(2) lrelu(y)` of every value, within ±256; `kink` becomes the distance to the nearest kink
/// where that is nearer.
pub fn activated(mut y: Vec<f64>, kink: &mut f64) -> Vec<f64> {
    for v in &mut y {
        *kink = kink.min(v.abs());
        *v = 2f64.sqrt() * lrelu(*v);
    }
    clamped(y, kink)
}

/// Every value within ±256; `kink` as in [`activated`].
pub fn clamped(mut y: Vec<f64>, kink: &mut f64) -> Vec<f64> {
    for v in &mut y {
        *kink = kink.min((v.abs() - CLAMP).abs());
        *v = v.clamp(-CLAMP, CLAMP);
    }
    y
}
