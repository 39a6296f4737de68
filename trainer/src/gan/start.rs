//! Training that begins with a generator that was trained before, perhaps on other pictures.

use std::path::Path;

use polyinr::model::{GeneratorConfig, LatentConfig};
use polyinr::network::NetworkConfig;
use serde_json::json;
use tch::{Device, Tensor, no_grad};

use super::network;
use super::options::Options;
use crate::error::{Error, Result};
use crate::generator::Generator;
use crate::run::given::Given;

/// The options that were given; with `--from`, its model says the shape of the generator.
///
/// # Errors
/// [`Error::Library`] and [`Error::Weights`] when the file holds no generator; [`Error::Parameter`]
/// when the shape that was said is another one.
pub fn options(given: &Given<Options>) -> Result<Options> {
    let Some(path) = &given.options.networks.from else { return Ok(given.options.clone()) };
    let model = Generator::open(path, Device::Cpu)?;
    let config = model.config();
    let mut shape = network::options(&config.network).map_err(|e| Error::weights(path, e))?;
    let LatentConfig { z_dim, w_dim, mapping_layers, .. } = config.latent;
    for (name, number) in [("z_dim", z_dim), ("w_dim", w_dim), ("mapping_layers", mapping_layers)] {
        shape.insert(name.to_owned(), number.into());
    }
    if let NetworkConfig::PolyInr(network) = &config.network
        && !given.said("levels")
    {
        shape.insert("levels".to_owned(), json!([network.levels]));
    }
    if !config.latent.classes.is_empty() {
        shape.insert("embed_dim".to_owned(), model.embed_width().into());
    }
    given.shaped("--from", shape)
}

/// The generator in the model file at `path`, for the classes, levels and resolution of `config`.
/// Classes are matched by name; others get a random embedding, drawn from libtorch's generator, and
/// the mean of the averages of w. What has no place in the network is said of the option `growth`.
///
/// # Errors
/// [`Error::Library`] and [`Error::Weights`] when the file cannot be used, [`Error::Parameter`] when
/// it has more levels or has classes where the pictures have none, or the other way round.
pub fn generator(
    path: &Path,
    config: &GeneratorConfig,
    growth: &'static str,
    device: Device,
) -> Result<Generator> {
    let old = Generator::open(path, device)?;
    if old.config().latent.classes.is_empty() != config.latent.classes.is_empty() {
        let (model, pictures) = match config.latent.classes.is_empty() {
            true => ("has classes", "have none"),
            false => ("has no classes", "have some; --unconditional ignores them"),
        };
        let problem = format!("{} {model}, the pictures {pictures}", path.display());
        return Err(Error::parameter("--from", problem));
    }
    let old = old.grown(&config.network).map_err(|e| Error::parameter(growth, e))?;
    Ok(with_classes(&old, config, device))
}

/// `old` with the classes of `config`.
fn with_classes(old: &Generator, config: &GeneratorConfig, device: Device) -> Generator {
    let new = Generator::new(config, old.embed_width(), device);
    let (from, known) = (old.store().variables(), &old.config().latent.classes);
    no_grad(|| {
        for (name, mut tensor) in new.store().variables() {
            match name.as_str() {
                "mapping.embed.weight" => rows(&mut tensor, &from[&name], known, config, None),
                "mapping.w_avg" => {
                    let mean = from[&name].mean_dim(0, true, tch::Kind::Float);
                    rows(&mut tensor, &from[&name], known, config, Some(&mean));
                }
                _ => tensor.copy_(&from[&name]),
            }
        }
    });
    new
}

/// Puts the rows of the classes that are known in place, and `other`, where there is one, in all else.
fn rows(
    to: &mut Tensor,
    from: &Tensor,
    known: &[String],
    config: &GeneratorConfig,
    other: Option<&Tensor>,
) {
    if known.is_empty() {
        return to.copy_(from);
    }
    if let Some(other) = other {
        to.copy_(&other.expand_as(to));
    }
    for (row, class) in config.latent.classes.iter().enumerate() {
        if let Some(old) = known.iter().position(|name| name == class) {
            to.get(row as i64).copy_(&from.get(old as i64));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generator::Card;
    use crate::generator::poly_inr::tests::config;
    use polyinr::tensors::Storage;

    /// A model file with classes `class0` to `class2`, and the generator in it.
    fn model() -> (tempfile::NamedTempFile, Generator) {
        tch::manual_seed(1);
        let generator = Generator::new(&config(2, 16, 3), 4, Device::Cpu);
        generator.normalise_scale();
        let labels = Tensor::from_slice(&[0i64, 1, 2]);
        let w =
            generator.map(&Tensor::ones([3, 16], (tch::Kind::Float, Device::Cpu)), Some(&labels));
        generator.update_average(&w, Some(&labels), 0.5);
        let file = tempfile::NamedTempFile::new().unwrap();
        let card = Card { name: "small".into(), ..Card::default() };
        generator.save(file.path(), &card, Storage::F32).unwrap();
        (file, generator)
    }

    fn picture(generator: &Generator, class: i64) -> Tensor {
        let z = Tensor::ones([1, 16], (tch::Kind::Float, Device::Cpu)) * 0.3;
        let labels = Tensor::from_slice(&[class]);
        let w = generator.truncate(&generator.map(&z, Some(&labels)), Some(&labels), 0.7);
        no_grad(|| generator.synthesise(&w, 16, tch::Kind::Float))
    }

    #[test]
    fn known_classes_stay_as_they_were() {
        let (file, old) = model();
        let mut wanted = config(2, 16, 0);
        wanted.latent.classes = ["new", "class2", "class0"].map(String::from).to_vec();
        let new = generator(file.path(), &wanted, "--levels", Device::Cpu).unwrap();
        for (new_class, old_class) in [(1, 2), (2, 0)] {
            assert_eq!(picture(&new, new_class), picture(&old, old_class));
        }
        let average = |g: &Generator| g.store().variables()["mapping.w_avg"].shallow_clone();
        let mean = average(&old).mean_dim(0, false, tch::Kind::Float);
        assert_eq!(average(&new).get(0), mean);
        assert!((picture(&new, 0) - picture(&old, 0)).abs().max().double_value(&[]) > 1e-3);
    }

    #[test]
    fn more_levels_do_not_change_the_picture() {
        let (file, old) = model();
        let new = generator(file.path(), &config(4, 16, 3), "--levels", Device::Cpu).unwrap();
        let difference = picture(&new, 1) - picture(&old, 1);
        assert!(difference.abs().max().double_value(&[]) < 1e-4);
        let fewer = generator(file.path(), &config(1, 16, 3), "--levels", Device::Cpu).unwrap_err();
        assert!(fewer.to_string().starts_with("--levels"), "{fewer}");
    }

    #[test]
    fn classes_on_one_side_only_are_refused() {
        let (file, _) = model();
        let error = generator(file.path(), &config(2, 16, 0), "--levels", Device::Cpu)
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("--from") && error.contains("has classes"), "{error}");
    }
}
