//! Networks that their authors released, and what their own implementations compute.

use std::path::PathBuf;
use std::sync::Arc;

use crate::golden::{Golden, relative_difference};
use polyinr::model::{Generator, ImportOptions, Truncation, import};
use polyinr::network::Styles;
use polyinr::{GeneratedField, Model, View, Window};

/// Largest difference to a published number, as a part of the picture's range.
pub const TOLERANCE: f32 = 2e-5;

/// An imported network, and its golden tensors.
pub struct Released {
    pub golden: Golden,
    pub generator: Arc<Generator>,
}

impl Released {
    /// That of `tests/golden/{name}.safetensors`.
    pub fn new(name: &str) -> Self {
        Self { golden: Golden::open(name), generator: imported(name) }
    }

    fn count(&self) -> usize {
        self.golden.floats("in.z").0[0]
    }

    fn class(&self, index: usize) -> Option<usize> {
        let conditional = !self.generator.classes().is_empty();
        conditional.then(|| self.golden.integers("in.label")[index] as usize)
    }

    /// Those of one of the latents.
    pub fn styles(&self, index: usize, psi: f32) -> Styles {
        let (shape, z) = self.golden.floats("in.z");
        let z = &z[index * shape[1]..(index + 1) * shape[1]];
        let w = self.generator.map(z, self.class(index)).unwrap();
        let truncation = Truncation::uniform(psi);
        self.generator.styles(&w, self.class(index), &truncation).unwrap()
    }

    /// The field of some styles.
    pub fn field(&self, styles: &Styles) -> GeneratedField {
        let code = self.generator.code(styles).unwrap();
        GeneratedField::new(&self.generator, code).unwrap()
    }

    /// A view on the network's own grid.
    pub fn view(&self, window: Window, size: usize) -> View {
        let grid = self.generator.network().grid();
        View::new(window, size as u32, size as u32, grid).unwrap()
    }

    /// Every image of a golden tensor against ours: what `show` makes of a field and a view, planar
    /// and of nominal range `[-1, 1]`.
    pub fn compare(
        &self,
        name: &str,
        psi: f32,
        window: Window,
        show: impl Fn(&GeneratedField, &View) -> Vec<f32>,
    ) {
        let (shape, expected) = self.golden.floats(name);
        let size = shape[2];
        for (i, expected) in expected.chunks_exact(3 * size * size).enumerate() {
            let field = self.field(&self.styles(i, psi));
            let found = show(&field, &self.view(window, size));
            let difference = relative_difference(expected, &found);
            assert!(difference < TOLERANCE, "{name} {i}: {difference:e}");
        }
    }

    /// Every latent w of a golden tensor against ours.
    pub fn compare_w(&self, name: &str, psi: f32) {
        let (shape, expected) = self.golden.floats(name);
        let (levels, w_dim) = match shape[..] {
            [_, levels, w_dim] => (levels, w_dim),
            _ => (1, shape[1]),
        };
        for i in 0..self.count() {
            let styles = self.styles(i, psi);
            assert!(levels == 1 || styles.rows().len() == levels, "{name}");
            for level in 0..levels {
                let start = (i * levels + level) * w_dim;
                let expected = &expected[start..start + w_dim];
                let difference = relative_difference(expected, styles.row(level));
                assert!(difference < TOLERANCE, "{name} {i} level {level}: {difference:e}");
            }
        }
    }

    /// The latents w, and all images of the released CREPS.
    pub fn compare_creps(&self, show: impl Fn(&GeneratedField, &View) -> Vec<f32>) {
        self.compare_w("out.w", 1.0);
        self.compare_w("out.w_psi0.7", 0.7);
        self.compare("out.image32", 1.0, Window::UNIT, &show);
        self.compare("out.image32_psi0.7", 0.7, Window::UNIT, &show);
        self.compare("out.image64", 1.0, Window::UNIT, &show);
        let wide = Window::new(-0.25, 1.25, -0.25, 1.25);
        self.compare("out.extrapolated40", 1.0, wide, &show);
        self.compare("out.shifted32", 1.0, Window::new(-0.2, 0.8, 0.1, 1.1), &show);
    }

    /// The latents w, and all images of a released INR-GAN.
    pub fn compare_inr_gan(&self, show: impl Fn(&GeneratedField, &View) -> Vec<f32>) {
        self.compare_w("out.w", 1.0);
        self.compare_w("out.w_psi0.7", 0.7);
        self.compare("out.image32", 1.0, Window::UNIT, &show);
        self.compare("out.image32_psi0.7", 0.7, Window::UNIT, &show);
    }
}

fn imported(name: &str) -> Arc<Generator> {
    let path = format!("tests/golden/{name}.safetensors");
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    let options = ImportOptions { name: name.into(), ..Default::default() };
    let bytes = import(path, &options).unwrap();
    Model::from_bytes(name, &bytes).unwrap().generator().unwrap()
}
