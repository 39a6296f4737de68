//! What several tests need: golden tensors and comparisons.

use safetensors::SafeTensors;

/// A file of golden tensors.
pub struct Golden {
    bytes: Vec<u8>,
}

impl Golden {
    /// Opens `tests/golden/{name}.safetensors`.
    pub fn open(name: &str) -> Self {
        let path = format!("{}/tests/golden/{name}.safetensors", env!("CARGO_MANIFEST_DIR"));
        Self { bytes: std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}")) }
    }

    fn tensors(&self) -> SafeTensors<'_> {
        SafeTensors::deserialize(&self.bytes).unwrap()
    }

    /// Names of all tensors.
    pub fn names(&self) -> Vec<String> {
        self.tensors().names().into_iter().map(str::to_owned).collect()
    }

    /// Shape and values of a float tensor.
    pub fn floats(&self, name: &str) -> (Vec<usize>, Vec<f32>) {
        let tensors = self.tensors();
        let tensor = tensors.tensor(name).unwrap();
        let quad = |b: &[u8]| f32::from_le_bytes(b.try_into().unwrap());
        (tensor.shape().to_vec(), tensor.data().chunks_exact(4).map(quad).collect())
    }

    /// Values of an integer tensor.
    pub fn integers(&self, name: &str) -> Vec<i64> {
        let tensors = self.tensors();
        let tensor = tensors.tensor(name).unwrap();
        let eight = |b: &[u8]| i64::from_le_bytes(b.try_into().unwrap());
        tensor.data().chunks_exact(8).map(eight).collect()
    }
}

/// Largest difference, as a part of the range of `expected`.
pub fn relative_difference(expected: &[f32], found: &[f32]) -> f32 {
    assert_eq!(expected.len(), found.len());
    let fold = |f: fn(f32, f32) -> f32, start| expected.iter().copied().fold(start, f);
    let range = fold(f32::max, f32::MIN) - fold(f32::min, f32::MAX);
    largest_difference(expected, found) / range
}

/// Largest difference.
pub fn largest_difference(expected: &[f32], found: &[f32]) -> f32 {
    assert_eq!(expected.len(), found.len());
    expected.iter().zip(found).map(|(e, f)| (e - f).abs()).fold(0.0, |m, d| {
        assert!(!d.is_nan());
        m.max(d)
    })
}

/// `[height, width, 3]` as `[3, height, width]`.
pub fn planar(pixels: &[f32]) -> Vec<f32> {
    (0..3).flat_map(|c| pixels.iter().skip(c).step_by(3).copied()).collect()
}
