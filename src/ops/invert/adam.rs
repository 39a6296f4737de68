//! Adam (Kingma and Ba, 2015).

/// Decay of the mean of derivatives.
const BETA1: f64 = 0.9;
/// Decay of the mean of their squares.
const BETA2: f64 = 0.99;
const EPSILON: f32 = 1e-8;

/// Moments of a list of parameter tensors.
#[derive(Debug, Default)]
pub(super) struct Adam {
    moments: Vec<(Vec<f32>, Vec<f32>)>,
    steps: i32,
}

impl Adam {
    /// Begins a step; every tensor is then [moved](Self::move_tensor) once.
    pub fn begin(&mut self) {
        self.steps += 1;
    }

    /// Moves tensor number `index` against `gradient` by about `rate`.
    pub fn move_tensor(&mut self, index: usize, values: &mut [f32], gradient: &[f32], rate: f32) {
        if self.moments.len() <= index {
            self.moments.resize_with(index + 1, Default::default);
        }
        let (mean, square) = &mut self.moments[index];
        mean.resize(values.len(), 0.0);
        square.resize(values.len(), 0.0);
        let unbias = |beta: f64| (1.0 - beta.powi(self.steps)) as f32;
        let (unbias1, unbias2) = (unbias(BETA1), unbias(BETA2));
        let (beta1, beta2) = (BETA1 as f32, BETA2 as f32);
        for (i, value) in values.iter_mut().enumerate() {
            let g = gradient[i];
            mean[i] = beta1 * mean[i] + (1.0 - beta1) * g;
            square[i] = beta2 * square[i] + (1.0 - beta2) * g * g;
            let deviation = (square[i] / unbias2).sqrt();
            *value -= rate * (mean[i] / unbias1) / (deviation + EPSILON);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_point_is_found() {
        let (mut x, mut adam) = (vec![3.0f32, -4.0], Adam::default());
        for _ in 0..400 {
            adam.begin();
            let gradient = [2.0 * (x[0] - 1.0), 20.0 * (x[1] + 0.5)];
            adam.move_tensor(0, &mut x, &gradient, 0.05);
        }
        assert!((x[0] - 1.0).abs() < 0.02 && (x[1] + 0.5).abs() < 0.02, "{x:?}");
    }
}
