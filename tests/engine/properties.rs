//! What holds of fields of CREPS and INR-GAN of any shape.

use std::sync::Arc;

use polyinr::engine::Features;
use polyinr::network::NetworkConfig;
use polyinr::ops::render_to_vec;
use polyinr::{Control, CpuEngine, Field, GeneratedField, View, Warp, Window};
use proptest::prelude::*;

use crate::definition::{Definition, Value, heat, positions};
use crate::{random, shapes};

/// How far single precision may be off, as a part of what is shown.
const TOLERANCE: f64 = 1e-4;
/// Positions nearer to a border between cells may be rounded to its other side.
const NEAR: f64 = 1e-6;

/// How a view lies.
#[derive(Clone, Copy, Debug)]
enum Turn {
    Upright,
    Turned,
    Warped,
}

fn turns() -> impl Strategy<Value = Turn> {
    prop_oneof![Just(Turn::Upright), Just(Turn::Turned), Just(Turn::Warped)]
}

/// A window that reaches out of the picture.
fn windows() -> impl Strategy<Value = Window> {
    let from = || -0.7f64..0.4;
    let side = || 0.2f64..1.5;
    (from(), from(), side(), side())
        .prop_map(|(x, y, width, height)| Window::new(x, x + width, y, y + height))
}

fn view(field: &GeneratedField, window: Window, [width, height]: [u32; 2], turn: Turn) -> View {
    let view = View::new(window, width, height, field.network().grid()).unwrap();
    match turn {
        Turn::Upright => view,
        Turn::Turned => view.rotated(33.0).unwrap(),
        Turn::Warped => view.rotated(-12.0).unwrap().warped(Warp::elastic(0.06, 3, 5).unwrap()),
    }
}

fn render(threads: usize, field: &GeneratedField, view: &View) -> Vec<f32> {
    let engine = CpuEngine::new(Some(threads)).unwrap();
    render_to_vec(&engine, &Field::Generated(field.clone()), view, &Control::default()).unwrap()
}

/// Every pixel against the definition at its position, as a part of the size that its values have.
fn check_pixels(
    field: &GeneratedField,
    view: &View,
    size: fn(&Value) -> f64,
) -> Result<(), TestCaseError> {
    // What was fitted is shown whole.
    let definition = match field.is_tuned() {
        true => Definition::new(field.network(), field.code()),
        false => Definition::of_view(field.network(), field.code(), view),
    };
    let found = render(2, field, view);
    for ((x, y), found) in positions(view).zip(found.chunks_exact(3)) {
        let value = definition.at(x, y);
        if value.border < NEAR {
            continue;
        }
        for (expected, found) in value.rgb.iter().map(|v| (v + 1.0) / 2.0).zip(found) {
            let difference = (expected - f64::from(*found)).abs();
            let near = difference < TOLERANCE * size(&value);
            prop_assert!(near, "{expected} {found} at {x} {y}");
        }
    }
    Ok(())
}

/// The largest color, or 1.
fn of_colors(value: &Value) -> f64 {
    value.rgb.iter().fold(1.0, |size: f64, v| size.max(v.abs()))
}

/// The largest color or feature, or 1.
fn of_features(value: &Value) -> f64 {
    value.features.iter().flatten().fold(of_colors(value), |size, v| size.max(v.abs()))
}

/// The same network, no features of which are normalised.
fn without_deviations(mut network: NetworkConfig) -> NetworkConfig {
    if let NetworkConfig::InrGan(config) = &mut network {
        config.normalised = false;
    }
    network
}

/// All maps against the definition.
fn check_heat(network: NetworkConfig, seed: u32, turn: Turn) -> Result<(), TestCaseError> {
    let field = random::field(network, seed);
    // As dense as the network's own grid.
    let view = view(&field, Window::new(-0.2, 0.8, 0.1, 1.1), [37, 35], turn);
    let definition = Definition::new(field.network(), field.code());
    let values: Vec<Value> = positions(&view).map(|(x, y)| definition.at(x, y)).collect();
    let features: Vec<_> = values.iter().map(|v| v.features.clone()).collect();
    let maps: Vec<usize> = (0..field.network().maps()).rev().collect();
    prop_assert_eq!(features[0].len(), maps.len());
    let engine = CpuEngine::new(Some(2)).unwrap();
    let found = engine
        .heatmaps(&Field::Generated(field.clone()), &view, &maps, &Control::default())
        .unwrap();
    prop_assert_eq!(found.len(), maps.len());
    for (map, found) in maps.into_iter().zip(found) {
        let expected = heat(&features, map);
        prop_assert_eq!(found.len(), expected.len());
        let scale = expected.iter().fold(1.0f64, |m, e| m.max(e.abs()));
        for ((expected, found), value) in expected.iter().zip(&found).zip(&values) {
            let difference = (expected - f64::from(*found)).abs();
            let near = difference < TOLERANCE * scale;
            prop_assert!(near || value.border < NEAR, "map {map}: {expected} {found}");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn creps_is_what_its_definition_says(
        network in shapes::creps(),
        seed in 0u32..1000,
        window in windows(),
        size in (1u32..14, 1u32..14),
        turn in turns(),
    ) {
        let field = random::field(network, seed);
        check_pixels(&field, &view(&field, window, size.into(), turn), of_colors)?;
    }

    /// Features are held within limits, which random weights seldom reach. Normalised ones would be
    /// small differences of large numbers.
    #[test]
    fn large_features_are_what_definitions_say(
        network in shapes::any().prop_map(without_deviations),
        seed in 0u32..1000,
        turn in turns(),
    ) {
        let field = random::field(network, seed);
        let mut own: Vec<_> =
            field.network().matrices().iter().map(|m| m.layer.clone()).collect();
        own.iter_mut().flat_map(|layer| &mut layer.bias).for_each(|b| *b *= 500.0);
        let own = field.network().with_matrices(own).unwrap();
        let field = field.with_network(Arc::new(own)).unwrap();
        check_pixels(&field, &view(&field, Window::UNIT, [11, 9], turn), of_features)?;
    }

    /// Sparse views too, which take fewer blocks.
    #[test]
    fn inr_gan_is_what_its_definition_says(
        network in shapes::inr_gan(),
        seed in 0u32..1000,
        window in windows(),
        size in (1u32..50, 1u32..14),
        turn in turns(),
    ) {
        let field = random::field(network, seed);
        check_pixels(&field, &view(&field, window, size.into(), turn), of_colors)?;
    }

    #[test]
    fn heat_maps_are_what_definitions_say(
        network in shapes::any(),
        seed in 0u32..1000,
        turn in turns(),
    ) {
        check_heat(network, seed, turn)?;
    }

    #[test]
    fn parts_are_the_wholes_and_threads_do_not_matter(
        network in shapes::any(),
        seed in 0u32..1000,
        window in windows(),
        turn in turns(),
        (left, right) in (0u32..20, 21u32..45),
        (above, below) in (0u32..30, 31u32..67),
    ) {
        let field = random::field(network, seed);
        let whole_view = view(&field, window, [45, 67], turn);
        let whole = render(1, &field, &whole_view);
        prop_assert!(whole == render(3, &field, &whole_view), "threads");
        let part = whole_view.part(left..right, above..below).unwrap();
        let found = render(2, &field, &part);
        let columns = (right - left) as usize * 3;
        for (row, found) in found.chunks_exact(columns).enumerate() {
            let start = ((above as usize + row) * 45 + left as usize) * 3;
            prop_assert!(*found == whole[start..start + columns], "row {row} of a part");
        }
    }
}
