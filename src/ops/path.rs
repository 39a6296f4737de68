//! A path over several images.

use std::sync::Arc;

use super::interpolate::interpolate;
use super::render::{render, render_to_vec};
use super::space::{Space, check_same_model};
use crate::control::Control;
use crate::engine::{Engine, RowSink};
use crate::error::{Error, Result};
use crate::field::{Field, GeneratedField};
use crate::model::Generator;
use crate::network::Network;
use crate::view::View;

/// A way over several fields, seen in equal steps.
#[derive(Clone, Debug)]
pub struct InterpolationPath {
    generator: Arc<Generator>,
    fields: Vec<GeneratedField>,
    space: Space,
    closed: bool,
}

impl InterpolationPath {
    /// The way from the first of `fields` over all to the last, and back to the first when `closed`.
    ///
    /// # Errors
    /// [`Error::Parameter`] when there are fewer than two fields, or they cannot be interpolated in
    /// this space.
    pub fn new(
        generator: Arc<Generator>,
        fields: Vec<GeneratedField>,
        space: Space,
        closed: bool,
    ) -> Result<Self> {
        if fields.len() < 2 {
            return Err(Error::parameter("fields", "two or more are needed to go between them"));
        }
        for pair in fields.windows(2) {
            match space {
                Space::Rgb => check_same_model(&pair[0], &pair[1])?,
                _ => drop(interpolate(&generator, &pair[0], &pair[1], 0.5, space)?),
            }
        }
        Ok(Self { generator, fields, space, closed })
    }

    /// The network that its fields are computed with.
    pub fn network(&self) -> &Network {
        self.generator.network()
    }

    /// Picture `frame` (from 0 on) of `frames` in equal steps: the first is the first field, and the
    /// last is the last field, or, on a closed way, one step before the first comes again.
    ///
    /// # Errors
    /// [`Error::Parameter`] when there is no such picture.
    pub fn frame(&self, frame: u32, frames: u32) -> Result<PathFrame> {
        if frame >= frames {
            let problem = format!("{frame} of {frames}, which are counted from 0");
            return Err(Error::parameter("frame", problem));
        }
        let (ways, steps) = match self.closed {
            true => (self.fields.len(), frames),
            false => (self.fields.len() - 1, (frames - 1).max(1)),
        };
        // In whole numbers, so that fields on the way are met exactly.
        let (steps, at) = (u64::from(steps), u64::from(frame) * ways as u64);
        let (way, rest) = ((at / steps) as usize, at % steps);
        let [from, to] = [way, way + 1].map(|i| &self.fields[i % self.fields.len()]);
        let t = rest as f64 / steps as f64;
        match self.space {
            Space::Rgb if t > 0.0 => {
                Ok(PathFrame::Blend { from: Box::new(from.clone()), to: Box::new(to.clone()), t })
            }
            Space::Rgb => Ok(PathFrame::Field(Box::new(from.clone()))),
            space => {
                let field = interpolate(&self.generator, from, to, t, space)?;
                Ok(PathFrame::Field(Box::new(field)))
            }
        }
    }
}

/// A picture on a path.
#[derive(Clone, Debug)]
pub enum PathFrame {
    /// That of a field.
    Field(Box<GeneratedField>),
    /// Colours a part `t` of the way from those of one field to those of another (INR-GAN's image-space
    /// interpolation).
    Blend {
        /// The field where `t` is 0.
        from: Box<GeneratedField>,
        /// The field where it is 1.
        to: Box<GeneratedField>,
        /// How far it is on the way.
        t: f64,
    },
}

impl PathFrame {
    /// Looks at it through `view`, as [`render`]. A blend holds the pixels of one of its two pictures
    /// as floats.
    ///
    /// # Errors
    /// As [`render`].
    pub fn render(
        &self,
        engine: &dyn Engine,
        view: &View,
        control: &Control<'_>,
        sink: &mut dyn RowSink,
    ) -> Result<()> {
        let field = |field: &GeneratedField| Field::Generated(field.clone());
        let (from, to, t) = match self {
            Self::Field(own) => return render(engine, &field(own), view, control, sink),
            Self::Blend { from, to, t } => (field(from), field(to), *t),
        };
        let first = render_to_vec(engine, &from, view, &control.part(0, 2))?;
        let width = 3 * view.width() as usize;
        let mut blended = Vec::new();
        render(engine, &to, view, &control.part(1, 2), &mut |row: u32, pixels: &[f32]| {
            let start = row as usize * width;
            let pairs = first[start..start + pixels.len()].iter().zip(pixels);
            let between =
                |(a, b): (&f32, &f32)| ((1.0 - t) * f64::from(*a) + t * f64::from(*b)) as f32;
            blended.clear();
            blended.extend(pairs.map(between));
            sink.rows(row, &blended)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::CpuEngine;
    use crate::ops::test_fields::{flower, generator, same_picture};

    fn field(frame: PathFrame) -> GeneratedField {
        match frame {
            PathFrame::Field(field) => *field,
            PathFrame::Blend { .. } => panic!("a blend is no field"),
        }
    }

    #[test]
    fn paths_meet_their_fields() {
        let fields = vec![flower(1, 0), flower(2, 0), flower(3, 1)];
        let path =
            |closed| InterpolationPath::new(generator(), fields.clone(), Space::W, closed).unwrap();
        let met = |path: &InterpolationPath, frame, frames, at: usize| {
            assert!(
                same_picture(&field(path.frame(frame, frames).unwrap()), &fields[at]),
                "{frame}"
            );
        };
        let open = path(false);
        [(0, 0), (3, 1), (6, 2)].iter().for_each(|(frame, field)| met(&open, *frame, 7, *field));
        met(&open, 0, 1, 0);
        met(&open, 0, 2, 0);
        met(&open, 1, 2, 2);
        let closed = path(true);
        [(0, 0), (3, 1), (6, 2)].iter().for_each(|(frame, field)| met(&closed, *frame, 9, *field));
        assert!(closed.frame(9, 9).is_err() && closed.frame(8, 9).is_ok());
    }

    #[test]
    fn one_field_is_no_path() {
        assert!(InterpolationPath::new(generator(), vec![flower(1, 0)], Space::A, true).is_err());
    }

    #[test]
    fn pictures_are_blended() {
        let fields = vec![flower(1, 0), flower(2, 3)];
        let path = InterpolationPath::new(generator(), fields, Space::Rgb, false).unwrap();
        let engine = CpuEngine::new(Some(1)).unwrap();
        let pictures: Vec<Vec<f32>> = (0..5)
            .map(|frame| {
                let frame = path.frame(frame, 5).unwrap();
                let view = Field::Generated(flower(1, 0)).view(16, 16).unwrap();
                let mut out = Vec::new();
                let mut sink = |_: u32, pixels: &[f32]| {
                    out.extend_from_slice(pixels);
                    Ok(())
                };
                frame.render(&engine, &view, &Control::default(), &mut sink).unwrap();
                out
            })
            .collect();
        for (i, v) in pictures[1].iter().enumerate() {
            let expected = 0.75 * pictures[0][i] + 0.25 * pictures[4][i];
            assert!((v - expected).abs() < 1e-6, "{i}: {v} {expected}");
        }
        assert!(pictures[0] != pictures[4]);
    }
}
