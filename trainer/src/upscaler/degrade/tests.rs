//! Whole chains.

use super::pixels::tests::random;
use super::*;

fn chain(json: &str) -> Result<Chain> {
    Chain::read("test", json)
}

fn applied(chain: &Chain, step: u64) -> (Raster, Damage) {
    chain.apply(&random(37, 37).to_raster(), &mut Draws::new(3, step)).unwrap()
}

#[test]
fn presets_are_chains_and_keep_sizes_and_ranges() {
    for (name, _) in PRESETS {
        let chain = Chain::open(name).unwrap();
        assert_eq!(chain.is_empty(), name == "none");
        assert!(chain.summary().contains(name), "{}", chain.summary());
        let written = serde_json::to_string(&chain).unwrap();
        assert_eq!(self::chain(&written).unwrap(), chain, "{name}");
        for step in 0..20 {
            let (picture, Damage { noise, blur }) = applied(&chain, step);
            assert_eq!((picture.width(), picture.height()), (37, 37));
            assert!((0.0..=1.0).contains(&noise) && (0.0..=1.0).contains(&blur));
        }
    }
}

#[test]
fn a_chain_depends_on_its_draws_alone() {
    let photo = Chain::open("photo").unwrap();
    for step in 0..20 {
        assert_eq!(applied(&photo, step), applied(&photo, step));
    }
    let distinct: Vec<_> = (0..20).map(|step| applied(&photo, step).0).collect();
    assert!((1..20).all(|i| distinct[i] != distinct[0]));
}

#[test]
fn photo_degrades_in_every_way_and_reaches_both_ends() {
    let photo = Chain::open("photo").unwrap();
    let found: Vec<_> = (0..200).map(|step| applied(&photo, step).1).collect();
    for of in [|s: &Damage| s.noise, |s: &Damage| s.blur] {
        let share = |holds: &dyn Fn(f32) -> bool| {
            found.iter().filter(|s| holds(of(s))).count() as f64 / found.len() as f64
        };
        assert!(share(&|v| v < 0.1) > 0.05 && share(&|v| v > 0.6) > 0.05);
        assert!(share(&|v| (0.1..0.6).contains(&v)) > 0.2);
    }
}

#[test]
fn a_stage_is_done_as_often_as_it_says() {
    let blur = |probability: f64| {
        let json = format!(
            r#"[{{"probability": {probability}, "blur": {{"shapes": ["disc"], "radius": [1, 1]}}}}]"#
        );
        let chain = chain(&json).unwrap();
        (0..200).filter(|step| applied(&chain, *step).1.blur > 0.0).count()
    };
    assert_eq!((blur(0.0), blur(1.0)), (0, 200));
    assert!((30..=70).contains(&blur(0.25)), "{}", blur(0.25));
}

#[test]
fn one_of_several_stages_is_done_and_a_round_does_all() {
    let stages = r#"[{"probability": 1, "blur": {"shapes": ["gaussian"], "radius": [1, 1]}},
        {"probability": 1, "noise": {"patterns": ["grey"], "deviation": [6, 6], "shot": [0, 0]}}]"#;
    let list =
        |name: &str| chain(&format!(r#"[{{"probability": 1, "{name}": {stages}}}]"#)).unwrap();
    let (one, round) = (list("one_of"), list("round"));
    for step in 0..40 {
        let [one, round] = [&one, &round].map(|chain| applied(chain, step).1);
        assert!((one.blur > 0.0) != (one.noise > 0.0));
        assert!(round.blur > 0.0 && round.noise > 0.0);
    }
}

/// A picture keeps its place, whatever size it has in between.
#[test]
fn a_resized_picture_comes_back_to_its_place() {
    let chain =
        chain(r#"[{"probability": 1, "resize": {"factor": [0.7, 1.6], "filters": ["bilinear"]}}]"#);
    let slope = (0..37 * 37).flat_map(|i| [(i % 37) as f32 / 37.0; 3]).collect();
    let slope = Pixels::new(37, 37, slope);
    for step in 0..10 {
        let chain = chain.as_ref().unwrap();
        let found = chain.apply(&slope.to_raster(), &mut Draws::new(3, step)).unwrap().0;
        let found = Pixels::from_raster(&found);
        for x in 4..33 {
            assert!((found.row(18)[x * 3] - slope.row(18)[x * 3]).abs() < 0.01, "{step}: {x}");
        }
    }
}

#[test]
fn what_is_no_chain_is_refused_by_name() {
    let stage = |inner: &str| format!(r#"[{{"probability": 1, {inner}}}]"#);
    for (json, part) in [
        ("{}".to_owned(), "no chain"),
        (stage(r#""sharpen": {}"#), "no chain"),
        (stage(r#""jpeg": {"quality": [30, 95]}"#), "half_chroma"),
        (stage(r#""webp": {"quality": [30, 95], "speed": 3}"#), "speed"),
        (stage(r#""jpeg": {"quality": [95, 30], "half_chroma": 0}"#), "stage 1: jpeg: quality"),
        (stage(r#""jpeg": {"quality": [30, 95], "half_chroma": 2}"#), "half_chroma is 2"),
        (stage(r#""webp": {"quality": [0, 95]}"#), "webp: quality"),
        (stage(r#""blur": {"shapes": [], "radius": [0, 1]}"#), "shapes: at least one"),
        (stage(r#""blur": {"shapes": ["disc"], "radius": [0, 99]}"#), "blur: radius"),
        (stage(r#""resize": {"factor": [0, 1], "filters": ["box"]}"#), "resize: factor"),
        (stage(r#""one_of": []"#), "one_of: at least one"),
        (r#"[{"probability": 2, "round": []}]"#.to_owned(), "probability is 2"),
        (stage(r#""round": [{"probability": -1, "round": []}]"#), "probability is -1"),
    ] {
        let error = chain(&json).unwrap_err().to_string();
        assert!(error.starts_with("--degrade: ") && error.contains(part), "{error}");
    }
    let error = Chain::open("sepia").unwrap_err().to_string();
    assert!(error.contains("none, jpeg, web, photo"), "{error}");
}
