//! Evaluation as a whole, with small networks in place of Inception.

use std::ops::Range;
use std::path::Path;

use polyinr::model::{GeneratorConfig, LatentConfig};
use polyinr::network::{NetworkConfig, PolyInrConfig};
use tch::{Device, Kind, Tensor};

use super::*;
use crate::data::{DataOptions, Dataset, Selection};
use crate::device::Precision;
use crate::error::Result;
use crate::generator::Generator;
use crate::random::{Stream, key, reseed};

/// Images in memory that count how often they are asked for.
struct Memory {
    images: Tensor,
    key: Option<String>,
    asked: usize,
}

impl Memory {
    fn new(seed: u64, count: i64, name: Option<&str>) -> Self {
        let byte = |i| key(seed, i, Stream::Evaluation) as u8;
        let bytes: Vec<u8> = (0..48 * count.unsigned_abs()).map(byte).collect();
        let images = Tensor::from_slice(&bytes).view([count, 3, 4, 4]);
        Self { images, key: name.map(str::to_owned), asked: 0 }
    }
}

impl Source for Memory {
    fn len(&self) -> usize {
        self.images.size()[0] as usize
    }

    fn batch(&mut self, range: Range<usize>) -> Result<Tensor> {
        self.asked += range.len();
        Ok(self.images.narrow(0, range.start as i64, range.len() as i64))
    }

    fn key(&self) -> Option<String> {
        self.key.clone()
    }
}

const ALL_BUT_SFID: [Metric; 5] =
    [Metric::Fid, Metric::Rfid, Metric::Is, Metric::Precision, Metric::Recall];

fn script() -> Option<std::path::PathBuf> {
    Some(golden::path("script.pt"))
}

fn small_networks(vgg: bool) -> Networks {
    let vgg = if vgg { script() } else { None };
    let args =
        NetworkArgs { inception: script(), random_inception: script(), vgg, efficientnet: None };
    Networks::open(&args, &ALL_BUT_SFID, Precision::F32, Device::Cpu).unwrap()
}

fn measure(networks: &Networks, reference: &mut Memory, cache: &Path) -> Vec<Figure> {
    let mut evaluator = Evaluator::new(networks, reference, Some(cache.to_owned()), 16);
    let mut images = Memory::new(2, 40, None);
    evaluator.measure("model", &ALL_BUT_SFID, &mut images, &mut |_, _| ()).unwrap()
}

#[test]
fn figures_are_those_of_the_features_and_statistics_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("metrics");
    let networks = small_networks(true);
    let mut reference = Memory::new(1, 50, Some("data"));
    let figures = measure(&networks, &mut reference, &cache);
    assert_eq!(reference.asked, 50, "one pass serves all metrics");

    let features =
        |m: &Memory| m.images.to_kind(Kind::Float).flatten(2, 3).mean_dim(-1, false, None);
    let (real, made) = (features(&reference) / 255.0, features(&Memory::new(2, 40, None)) / 255.0);
    let gaussian = |vectors: &Tensor| {
        let mut moments = Moments::new(3, Device::Cpu);
        moments.push(vectors);
        moments.gaussian().unwrap()
    };
    let distance = frechet_distance(&gaussian(&real), &gaussian(&made)).unwrap();
    let value = |title: &str| figures.iter().find(|f| f.metric == title).unwrap().value;
    assert!((value("FID") - distance).abs() < 1e-7, "{figures:?}");
    assert_eq!(value("FID"), value("rFID"));
    assert_eq!(value("precision"), coverage(&made, &real, NEIGHBOUR).unwrap());
    assert_eq!(value("recall"), coverage(&real, &made, NEIGHBOUR).unwrap());
    assert!(value("IS") >= 1.0 && figures[2].deviation.is_some());
    assert_eq!((figures[0].images, figures[0].reference_images), (40, 50));

    let values = |figures: &[Figure]| figures.iter().map(|f| f.value).collect::<Vec<_>>();
    let again = measure(&networks, &mut reference, &cache);
    assert_eq!((reference.asked, values(&again)), (50, values(&figures)));
    for file in std::fs::read_dir(&cache).unwrap() {
        std::fs::write(file.unwrap().path(), b"half a file").unwrap();
    }
    let mended = measure(&networks, &mut reference, &cache);
    assert_eq!((reference.asked, values(&mended)), (100, values(&figures)));
    let other = measure(&networks, &mut Memory::new(3, 50, Some("other data")), &cache);
    assert_ne!(values(&other), values(&figures));
}

#[test]
fn pictures_without_classes_are_refused_before_they_are_passed() {
    let efficientnet =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/efficientnet.safetensors");
    let args = NetworkArgs { efficientnet: Some(efficientnet), ..NetworkArgs::default() };
    let metrics = [Metric::FdEfficientnet, Metric::Recognised];
    let networks = Networks::open(&args, &metrics, Precision::F32, Device::Cpu).unwrap();
    let [mut reference, mut images] = [1, 2].map(|seed| Memory::new(seed, 20, None));
    let mut evaluator = Evaluator::new(&networks, &mut reference, None, 16);
    let refused = evaluator.measure("model", &metrics, &mut images, &mut |_, _| ()).unwrap_err();
    assert!(refused.to_string().contains("recognised needs classes on both sides"), "{refused}");
    assert_eq!((reference.asked, images.asked), (0, 0));
}

#[test]
fn figures_say_their_mode() {
    let folder = tempfile::tempdir().unwrap();
    let figures = measure(&small_networks(false), &mut Memory::new(1, 50, None), folder.path());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing without a key");
    assert_eq!(figures[3].metric, "precision (random Inception)");
    let text = figures[3].to_string();
    assert!(text.contains("k = 3; 40 images against 50]"), "{text}");
    assert!(figures[2].to_string().contains("no output bias; 40 images]"), "{}", figures[2]);
}

#[test]
fn networks_that_are_not_there_are_named_with_where_they_come_from() {
    let open = |args: &NetworkArgs, metric, precision| {
        Networks::open(args, &[metric], precision, Device::Cpu).err().unwrap().to_string()
    };
    let none = NetworkArgs::default();
    let message = open(&none, Metric::Sfid, Precision::F32);
    assert!(message.contains("--inception") && message.contains("pytorch-fid"), "{message}");
    let vgg = NetworkArgs { vgg: Some("/nowhere/vgg.safetensors".into()), ..none.clone() };
    let message = open(&vgg, Metric::Recall, Precision::F32);
    assert!(message.contains("/nowhere") && message.contains("torchvision"), "{message}");
    let scripts = NetworkArgs { inception: script(), ..none };
    assert!(open(&scripts, Metric::Fid, Precision::Bf16).contains("--precision"));
    let networks = Networks::open(&scripts, &[Metric::Fid], Precision::F32, Device::Cpu).unwrap();
    assert!(networks.job(Metric::Rfid).is_err());
}

/// An untrained generator of 8x8 pixels with two levels.
pub(crate) fn generator(classes: usize) -> Generator {
    reseed(1, 0, Stream::Initial);
    let mut latent = LatentConfig::new(4, 8);
    latent.classes = (0..classes).map(|i| i.to_string()).collect();
    let mut network = PolyInrConfig::new(2, 8);
    network.clamp = None;
    let config = GeneratorConfig::new(latent, 8, NetworkConfig::PolyInr(network));
    let generator = Generator::new(&config, if classes > 0 { 4 } else { 0 }, Device::Cpu);
    generator.normalise_scale();
    generator
}

fn images(generator: &Generator, draws: &Draws<'_>, batch: usize) -> Tensor {
    let mut source = Generated::new(generator, draws, 8, Kind::Float).unwrap();
    let starts = (0..source.len()).step_by(batch);
    let parts: Vec<_> =
        starts.map(|at| source.batch(at..draws.images.min(at + batch)).unwrap()).collect();
    Tensor::cat(&parts, 0)
}

#[test]
fn latents_are_normally_distributed() {
    let generator = generator(0);
    let draws = Draws { images: 5000, seed: 1, labels: None, truncation: 1.0 };
    let latents = Generated::new(&generator, &draws, 8, Kind::Float).unwrap().latents;
    let moment = |power: i64| latents.pow_tensor_scalar(power).mean(Kind::Double).double_value(&[]);
    for (power, expected) in [(1, 0.0), (2, 1.0), (3, 0.0), (4, 3.0)] {
        assert!((moment(power) - expected).abs() < 0.15, "{power}: {}", moment(power));
    }
    let neighbours = latents.select(1, 0).dot(&latents.select(1, 1)).double_value(&[]) / 5000.0;
    assert!(neighbours.abs() < 0.06, "{neighbours}");
}

#[test]
fn generated_images_depend_on_seed_class_and_truncation_only() {
    let generator = generator(3);
    let draws = Draws { images: 10, seed: 5, labels: Some(&[1, 1, 1]), truncation: 1.0 };
    let all = images(&generator, &draws, 10);
    assert_eq!((all.size(), all.kind()), (vec![10, 3, 8, 8], Kind::Uint8));
    // Rounding may fall to either side, as batches are multiplied in another order.
    let difference = |a: &Tensor, b: &Tensor| {
        (a.to_kind(Kind::Int) - b.to_kind(Kind::Int)).abs().max().int64_value(&[])
    };
    assert!(difference(&all, &images(&generator, &draws, 3)) <= 1);
    for other in [
        Draws { seed: 6, ..draws },
        Draws { labels: Some(&[2]), ..draws },
        Draws { truncation: 0.5, ..draws },
    ] {
        assert!(difference(&all, &images(&generator, &other, 10)) > 1, "{other:?}");
    }
    let wrong = Draws { labels: Some(&[0, 3]), ..draws };
    let message = Generated::new(&generator, &wrong, 8, Kind::Float).err().unwrap().to_string();
    assert!(message.contains("number 3, the model has 3"), "{message}");
}

#[test]
fn halves_of_a_data_set_share_no_picture() {
    let folder = tempfile::tempdir().unwrap();
    for i in 0..9u8 {
        let picture = image::RgbImage::from_pixel(4, 4, image::Rgb([i, 2 * i, 7]));
        picture.save(folder.path().join(format!("img{i}.png"))).unwrap();
    }
    let options = DataOptions {
        selection: Selection { unconditional: true, ..Selection::default() },
        no_data_cache: true,
        ..DataOptions::default()
    };
    let dataset = Dataset::open(&[folder.path().to_owned()], 4, &options).unwrap();
    let reds = |source: &mut Subset<'_>| {
        let images = source.batch(0..source.len()).unwrap();
        let reds = images.select(1, 0).select(1, 0).select(1, 0).contiguous();
        Vec::<u8>::try_from(reds).unwrap()
    };
    let [mut one, mut other] = Subset::halves(&dataset, 3);
    assert_ne!(one.key(), other.key());
    let (one, other) = (reds(&mut one), reds(&mut other));
    assert_eq!((one.len(), other.len()), (4, 4));
    assert!(one.iter().all(|red| !other.contains(red)));
    let mut all = Subset::all(&dataset);
    assert_eq!(reds(&mut all), (0..9).collect::<Vec<u8>>());
    let [again, _] = Subset::halves(&dataset, 3);
    assert_eq!(again.len(), 4);
}
