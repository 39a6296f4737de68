//! Every operation with every network of generators: the cells of the table in docs/ARCHITECTURE.md.

use std::sync::Arc;

use polyinr::model::{Generator, Truncation};
use polyinr::network::inr_gan::InrGanBlock;
use polyinr::network::{CrepsConfig, InrGanConfig, NetworkConfig};
use polyinr::ops::{
    self, GenerateOptions, InterpolationPath, InvertOptions, Margins, PathFrame, Space,
};
use polyinr::{
    Channels, Control, CpuEngine, Engine, Field, FieldFile, GeneratedField, Grid, Model, Raster,
    Samples, View, Warp, Window,
};

#[allow(dead_code, reason = "other tests make fields by it")]
#[path = "../benches/random/networks.rs"]
mod random;

/// Side of the pictures.
const SIDE: u32 = 16;

/// A model of a network, and an engine.
struct Bench {
    model: Model,
    generator: Arc<Generator>,
    engine: CpuEngine,
}

fn creps() -> NetworkConfig {
    NetworkConfig::Creps(CrepsConfig::new(vec![8, 12, 12], 6))
}

fn inr_gan() -> InrGanConfig {
    let block = |layers, waves, constants| InrGanBlock { features: 12, layers, waves, constants };
    InrGanConfig::new(vec![block(1, 8, 3), block(2, 0, 0), block(2, 8, 2)], 8)
}

impl Bench {
    fn new(model: Model) -> Self {
        let engine = CpuEngine::new(Some(2)).unwrap();
        Self { generator: model.clone().generator().unwrap(), model, engine }
    }

    fn random(network: NetworkConfig) -> Self {
        Self::new(Model::from_bytes("random", &random::model(network, 3)).unwrap())
    }

    /// The built-in flowers: a network that was trained.
    fn poly_inr() -> Self {
        Self::new(Model::builtin("flowers").unwrap())
    }

    fn of(&self, seed: u32, truncation: &str) -> GeneratedField {
        let truncation = truncation.parse().unwrap();
        let class = (!self.generator.classes().is_empty()).then_some(1);
        GenerateOptions { seed, class, truncation }.field(&self.generator).unwrap()
    }

    fn field(&self, seed: u32) -> GeneratedField {
        self.of(seed, "1")
    }

    fn pixels(&self, field: &GeneratedField, view: &View) -> Vec<f32> {
        let (field, control) = (Field::Generated(field.clone()), Control::default());
        ops::render_to_vec(&self.engine, &field, view, &control).unwrap()
    }

    fn native(&self, field: &GeneratedField) -> Vec<f32> {
        let view = Field::Generated(field.clone()).view(SIDE, SIDE).unwrap();
        self.pixels(field, &view)
    }

    fn same(&self, a: &GeneratedField, b: &GeneratedField) -> bool {
        self.native(a) == self.native(b)
    }

    fn generate(&self) {
        let pictures = [1, 2].map(|seed| self.native(&self.field(seed)));
        assert!(pictures[0] != pictures[1]);
        assert!(pictures.iter().flatten().all(|v| v.is_finite()));
    }

    fn truncate(&self) {
        assert!(self.same(&self.of(1, "0"), &self.of(2, "0")));
        assert!(!self.same(&self.of(1, "fine:0"), &self.field(1)));
        assert!(!self.same(&self.of(1, "fine:0"), &self.of(1, "0")));
        assert!(Truncation::uniform(3.0).psis(4).is_err());
    }

    fn mix(&self) {
        let (a, b) = (self.field(1), self.field(2));
        for space in [Space::W, Space::A] {
            let mixed = |levels: &str| {
                ops::mix(&self.generator, &a, &b, &levels.parse().unwrap(), space).unwrap()
            };
            assert!(self.same(&mixed("all"), &b), "{space}");
            assert!(!self.same(&mixed("fine"), &a) && !self.same(&mixed("fine"), &b), "{space}");
        }
    }

    fn interpolate(&self) {
        let fields = vec![self.field(1), self.field(2)];
        for space in [Space::Z, Space::W, Space::A, Space::Rgb] {
            let path = InterpolationPath::new(self.generator.clone(), fields.clone(), space, false);
            let path = path.unwrap();
            let view = Field::Generated(fields[0].clone()).view(SIDE, SIDE).unwrap();
            let frames = [0, 1, 2].map(|frame| {
                let mut out = Vec::new();
                let mut sink = |_: u32, pixels: &[f32]| {
                    out.extend_from_slice(pixels);
                    Ok(())
                };
                let frame: PathFrame = path.frame(frame, 3).unwrap();
                frame.render(&self.engine, &view, &Control::default(), &mut sink).unwrap();
                out
            });
            assert_eq!(frames[0], self.native(&fields[0]), "{space}");
            assert_eq!(frames[2], self.native(&fields[1]), "{space}");
            assert!(frames[1] != frames[0] && frames[1] != frames[2], "{space}");
        }
    }

    fn keep(&self) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("one.field");
        let field = self.field(4);
        Field::Generated(field.clone()).save(&path, polyinr::file::Existing::Refuse).unwrap();
        let opened = FieldFile::open(&path).unwrap().field(&self.model).unwrap();
        let opened = opened.generated().unwrap();
        assert!(self.same(opened, &field) && opened.latent().is_some());
    }

    /// A picture of the generator's own, which is found again, better with weights of its own.
    fn invert(&self) {
        let rgb = self.native(&self.field(1001));
        let rgb = rgb.into_iter().map(|v| (v.clamp(0.0, 1.0) * 255.0).round() as u8).collect();
        let picture = Raster::new(SIDE, SIDE, Channels::Rgb, Samples::U8(rgb)).unwrap();
        let invert = |steps, tuning| {
            let options = InvertOptions { steps, tuning, ..InvertOptions::default() };
            let control = Control::default();
            ops::invert(&self.engine, &self.generator, &picture, &options, &control, &mut |_| true)
                .unwrap()
        };
        let [few, many, tuned] = [(1, 0), (150, 0), (150, 100)].map(|(s, t)| invert(s, t));
        assert!(many.psnr > few.psnr + 1.0, "{} {}", few.psnr, many.psnr);
        assert!(tuned.psnr > many.psnr && tuned.field.is_tuned(), "{} {}", many.psnr, tuned.psnr);
        let seen = self.native(&tuned.field);
        let Samples::U8(bytes) = picture.samples() else { panic!("8 bits") };
        let pairs = seen.iter().zip(bytes);
        let off = |(a, b): (&f32, &u8)| f64::from(a.clamp(0.0, 1.0)) - f64::from(*b) / 255.0;
        let squares: f64 = pairs.map(off).map(|d| d * d).sum();
        let psnr = -10.0 * (squares / seen.len() as f64).log10();
        assert!((psnr - tuned.psnr).abs() < 0.1, "{psnr} {}", tuned.psnr);
    }

    fn extend(&self) {
        let (field, margins) = (self.field(5), "2,3,4,1".parse::<Margins>().unwrap());
        let grid = field.network().grid();
        let wide = ops::extended_view(SIDE, SIDE, &margins, grid).unwrap();
        assert_eq!((wide.width(), wide.height()), (SIDE + 4, SIDE + 6));
        let (inner, all) = (self.native(&field), self.pixels(&field, &wide));
        for (row, inner) in inner.chunks_exact(SIDE as usize * 3).enumerate() {
            let start = ((row + 2) * wide.width() as usize + 1) * 3;
            for (a, b) in all[start..].iter().zip(inner) {
                assert!((a - b).abs() < 2e-3 * b.abs().max(1.0), "row {row}: {a} {b}");
            }
        }
    }

    /// Turned, zoomed and warped, in parts and as a whole.
    fn look(&self) {
        let field = self.field(6);
        let grid = field.network().grid();
        let view = View::new(Window::new(-0.5, 1.25, 0.9, -0.1), 23, 19, grid).unwrap();
        let warped = view.rotated(30.0).unwrap().warped(Warp::elastic(0.05, 3, 1).unwrap());
        for view in [view, warped] {
            let whole = self.pixels(&field, &view);
            let part = self.pixels(&field, &view.part(5..20, 3..9).unwrap());
            for row in 0..6 {
                let start = ((row + 3) * 23 + 5) * 3;
                assert_eq!(part[row * 45..][..45], whole[start..][..45]);
            }
        }
    }

    fn heatmaps(&self) {
        let field = Field::Generated(self.field(7));
        let view = field.view(SIDE, SIDE).unwrap();
        let maps = ops::heatmaps(&self.engine, &field, &view, None, &Control::default()).unwrap();
        assert_eq!(maps.len(), field.generated().unwrap().network().maps());
        assert!(maps.iter().all(|map| map.values.len() == (SIDE * SIDE) as usize));
    }

    fn consistency(&self) {
        let (field, control) = (Field::Generated(self.field(8)), Control::default());
        let found = ops::consistency(&self.engine, &field, 24, 2, &control).unwrap();
        assert!(found.edges.psnr > 10.0 && found.centres.psnr > 10.0, "{found:?}");
    }

    #[cfg(feature = "onnx")]
    fn export(&self) {
        let parts = polyinr::engine::onnx::export(&self.model).unwrap();
        let named: Vec<_> = parts.iter().map(|part| part.part).collect();
        assert!(named.contains(&None) && named.contains(&Some("synthesis")), "{named:?}");
        assert!(parts.iter().all(|part| part.bytes.len() > 500));
    }
}

macro_rules! cells {
    ($($name:ident: $bench:expr;)*) => {
        $(mod $name {
            use super::*;

            cells!(@ $bench, generate truncate mix interpolate keep invert extend look heatmaps consistency);

            #[cfg(feature = "onnx")]
            #[test]
            fn export() {
                $bench.export();
            }
        })*
    };
    (@ $bench:expr, $($operation:ident)*) => {
        $(#[test]
        fn $operation() {
            $bench.$operation();
        })*
    };
}

cells! {
    poly_inr: Bench::poly_inr();
    creps: Bench::random(creps());
    inr_gan: Bench::random(NetworkConfig::InrGan(inr_gan()));
    inr_gan_bilinear: Bench::random(NetworkConfig::InrGan(inr_gan().bilinear()));
}

/// What was fitted with all blocks is shown with all of them, however small.
#[test]
fn a_small_picture_in_an_inr_gan_is_shown_as_it_was_fitted() {
    let bench = Bench::random(NetworkConfig::InrGan(inr_gan()));
    let ramp = (0..8 * 8 * 3).map(|i| (i % 24 * 6 + i / 24 * 10) as u8).collect();
    let picture = Raster::new(8, 8, Channels::Rgb, Samples::U8(ramp)).unwrap();
    let options = InvertOptions { steps: 60, ..InvertOptions::default() };
    let (control, generator) = (Control::default(), &bench.generator);
    let found =
        ops::invert(&bench.engine, generator, &picture, &options, &control, &mut |_| true).unwrap();
    let field = Field::Generated(found.field.clone());
    let seen = bench.pixels(&found.field, &field.view(8, 8).unwrap());
    let Samples::U8(bytes) = picture.samples() else { panic!("8 bits") };
    let off = |(a, b): (&f32, &u8)| f64::from(a.clamp(0.0, 1.0)) - f64::from(*b) / 255.0;
    let squares: f64 = seen.iter().zip(bytes).map(off).map(|d| d * d).sum();
    let psnr = -10.0 * (squares / seen.len() as f64).log10();
    assert!((psnr - found.psnr).abs() < 0.1, "{psnr} {}", found.psnr);
}

/// The cheap picture of a low resolution is made by the blocks up to it (INR-GAN).
#[test]
fn small_pictures_of_an_inr_gan_take_fewer_blocks() {
    let bench = Bench::random(NetworkConfig::InrGan(inr_gan()));
    let field = bench.field(1);
    let view = |side| View::new(Window::UNIT, side, side, Grid::Edges).unwrap();
    let NetworkConfig::InrGan(config) = field.network().config() else { panic!("an INR-GAN") };
    assert_eq!([8, 9, 16].map(|side| config.last_block(view(side).density())), [1, 2, 2]);
    assert_eq!(bench.engine.name(), "cpu");
    assert!(bench.pixels(&field, &view(8)).iter().all(|v| v.is_finite()));
}
