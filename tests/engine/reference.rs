//! The networks against numbers computed by the systems' own published implementations.

use std::path::PathBuf;
use std::sync::Arc;

use crate::golden::{Golden, largest_difference, planar, relative_difference};
use polyinr::model::{Generator, ImportOptions, Truncation, import};
use polyinr::network::Styles;
use polyinr::ops::render_to_vec;
use polyinr::{
    Channels, Control, CpuEngine, Field, GeneratedField, Grid, Model, PictureField, Raster,
    Samples, View, Window,
};

const TOLERANCE: f32 = 2e-5;

fn golden_path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.safetensors"))
}

fn imported(name: &str) -> Arc<Generator> {
    let options = ImportOptions { name: name.into(), ..Default::default() };
    let bytes = import(golden_path(name), &options).unwrap();
    Model::from_bytes(name, &bytes).unwrap().generator().unwrap()
}

/// Nominal range `[-1, 1]`, planar, as the references are.
fn image(engine: &CpuEngine, field: &Field, view: &View) -> Vec<f32> {
    let pixels = render_to_vec(engine, field, view, &Control::default()).unwrap();
    planar(&pixels).into_iter().map(|v| v * 2.0 - 1.0).collect()
}

fn field(generator: &Generator, styles: &Styles) -> Field {
    let code = generator.code(styles).unwrap();
    Field::Generated(GeneratedField::new(generator, code).unwrap())
}

fn centres(window: Window, size: usize) -> View {
    View::new(window, size as u32, size as u32, Grid::Centres).unwrap()
}

struct Case {
    golden: Golden,
    generator: Arc<Generator>,
    engine: CpuEngine,
}

impl Case {
    fn new(name: &str) -> Self {
        let engine = CpuEngine::new(None).unwrap();
        Self { golden: Golden::open(name), generator: imported(name), engine }
    }

    fn count(&self) -> usize {
        self.golden.floats("in.z").0[0]
    }

    fn class(&self, index: usize) -> Option<usize> {
        let conditional = !self.generator.classes().is_empty();
        conditional.then(|| self.golden.integers("in.label")[index] as usize)
    }

    fn styles(&self, index: usize, psi: f32) -> Styles {
        let (shape, z) = self.golden.floats("in.z");
        let z = &z[index * shape[1]..(index + 1) * shape[1]];
        let w = self.generator.map(z, self.class(index)).unwrap();
        let truncation = Truncation::uniform(psi);
        self.generator.styles(&w, self.class(index), &truncation).unwrap()
    }

    /// Every image of a golden tensor against ours.
    fn compare(&self, name: &str, psi: f32, window: Window) {
        let (shape, expected) = self.golden.floats(name);
        let size = shape[2];
        for (i, expected) in expected.chunks_exact(3 * size * size).enumerate() {
            let field = field(&self.generator, &self.styles(i, psi));
            let found = image(&self.engine, &field, &centres(window, size));
            let difference = relative_difference(expected, &found);
            assert!(difference < TOLERANCE, "{name} {i}: {difference:e}");
        }
    }

    fn compare_w(&self, name: &str, psi: f32) {
        let (shape, expected) = self.golden.floats(name);
        let (levels, w_dim) = match shape[..] {
            [_, levels, w_dim] => (levels, w_dim),
            _ => (1, shape[1]),
        };
        for i in 0..self.count() {
            let styles = self.styles(i, psi);
            for level in 0..levels {
                let start = (i * levels + level) * w_dim;
                let expected = &expected[start..start + w_dim];
                let difference = relative_difference(expected, styles.row(level));
                assert!(difference < TOLERANCE, "{name} {i} level {level}: {difference:e}");
            }
        }
    }
}

fn released_form(name: &str) {
    let case = Case::new(name);
    case.compare_w("out.w", 1.0);
    case.compare_w("out.w_psi0.7", 0.7);
    case.compare("out.image32", 1.0, Window::UNIT);
    case.compare("out.image32_psi0.7", 0.7, Window::UNIT);
    case.compare("out.image50", 1.0, Window::UNIT);
    case.compare("out.extrapolated48", 1.0, Window::new(-0.25, 1.25, -0.25, 1.25));
    let mixed = case.styles(0, 1.0).mixed(&case.styles(1, 1.0), 6..10).unwrap();
    let found = image(&case.engine, &field(&case.generator, &mixed), &centres(Window::UNIT, 32));
    let (_, expected) = case.golden.floats("out.mix_0_with_1_from_level6");
    let difference = relative_difference(&expected, &found);
    assert!(difference < TOLERANCE, "mix: {difference:e}");
}

#[test]
fn poly_inr_conditional() {
    released_form("poly_inr_conditional");
}

#[test]
fn poly_inr_unconditional() {
    released_form("poly_inr_unconditional");
}

#[test]
fn trained_flowers() {
    let case = Case::new("flowers32");
    case.compare_w("out.w", 1.0);
    case.compare("out.image32", 1.0, Window::UNIT);
    case.compare("out.image32_psi0.7", 0.7, Window::UNIT);
    case.compare("out.image128", 1.0, Window::UNIT);
    // Latents of the reference are NumPy's for seeds 0 to 4.
    let (shape, z) = case.golden.floats("in.z");
    for (seed, z) in z.chunks_exact(shape[1]).enumerate() {
        let ours = case.generator.latent(seed as u32);
        assert!(largest_difference(z, &ours) == 0.0, "seed {seed}");
    }
}

#[test]
fn local_upscaler_at_all_sizes() {
    let golden = Golden::open("local_upscaler");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/local48.safetensors");
    let upscaler = Model::open(path).unwrap().upscaler().unwrap();
    let (shape, planes) = golden.floats("in.picture");
    let (height, width) = (shape[2], shape[3]);
    let plane = width * height;
    let pixels = (0..plane).flat_map(|i| (0..3).map(move |c| c * plane + i)).map(|i| planes[i]);
    let samples = Samples::F32(pixels.collect());
    let raster = Raster::new(width as u32, height as u32, Channels::Rgb, samples).unwrap();
    let field = Field::Picture(PictureField::new(&upscaler, Arc::new(raster)));
    let engine = CpuEngine::new(None).unwrap();
    let mut compared = 0;
    for name in golden.names().iter().filter(|n| n.starts_with("out.")) {
        let (shape, expected) = golden.floats(name);
        let view = field.view(shape[2] as u32, shape[1] as u32).unwrap();
        let found = planar(&render_to_vec(&engine, &field, &view, &Control::default()).unwrap());
        let difference = largest_difference(&expected, &found);
        println!("{name}: {difference:e}");
        assert!(difference < 1e-4, "{name}: {difference:e}");
        compared += 1;
    }
    assert_eq!(compared, 6);
}
