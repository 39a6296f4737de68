//! The picture that is extended, and what its margins become by each method.

use super::channel::{Channel, Frame};
use super::method::ExtendMethod;
use super::{detail, harmonic};
use crate::error::{Error, Result};
use crate::raster::Raster;

/// What the field counts for beside the plain continuation.
const FIELD_SHARE: f32 = 0.25;
/// Alpha under which the colour is taken for unknown.
const CLEAR: f32 = 1e-3;

/// Channels of a picture.
#[derive(Clone, Debug)]
pub(super) struct PictureChannels {
    /// Grey, or red, green and blue.
    pub colour: Vec<Channel>,
    /// Alpha, where some of it is not full.
    pub alpha: Option<Channel>,
}

impl PictureChannels {
    /// Of `picture`.
    pub fn new(picture: &Raster) -> Result<Self> {
        let (channels, samples) = (picture.channels(), picture.samples());
        let (width, count) = (picture.width() as usize, channels.count());
        if (0..samples.len()).any(|i| !samples.get(i).is_finite()) {
            return Err(Error::parameter("picture", "some of its values are not finite"));
        }
        let size = [width, picture.height() as usize];
        let channel =
            |c: usize| Channel::from_fn(size, |x, y| samples.get((y * width + x) * count + c));
        let colours = count - usize::from(channels.has_alpha());
        let alpha = channels.has_alpha().then(|| channel(count - 1));
        let alpha = alpha.filter(|a| a.values.iter().any(|v| *v != 1.0));
        Ok(Self { colour: (0..colours).map(channel).collect(), alpha })
    }

    /// The part in `frame`.
    pub fn cropped(&self, frame: &Frame) -> Self {
        Self {
            colour: self.colour.iter().map(|c| c.cropped(frame)).collect(),
            alpha: self.alpha.as_ref().map(|a| a.cropped(frame)),
        }
    }

    /// Whether more than nothing of it is visible enough to fit a field to.
    pub fn is_visible(&self) -> bool {
        self.alpha.as_ref().is_none_or(|a| a.values.iter().any(|v| *v >= 0.5))
    }

    /// The larger picture of `frame`. With the field `base` over it, what is left of the picture is
    /// continued; `base` is RGB and needed for [`ExtendMethod::Field`] only.
    pub fn extended(
        &self,
        frame: &Frame,
        method: ExtendMethod,
        base: Option<&[Channel; 3]>,
    ) -> Self {
        let continued = match method {
            ExtendMethod::Reflection => return self.mirrored(frame),
            ExtendMethod::Field | ExtendMethod::Smooth => detail::continued,
        };
        let base = base.filter(|_| method == ExtendMethod::Field);
        let alpha = self.alpha.as_ref();
        let outer = alpha.map(|a| clamped(harmonic::continued(a, frame), 0.0, 1.0));
        let one = |(c, own): (usize, &Channel)| {
            let base = base.map(|b| scaled(&self.base(b, c), FIELD_SHARE));
            let left = match &base {
                Some(base) => own.with(&base.cropped(frame), |p, f| p - f),
                None => own.clone(),
            };
            let mut made = match (alpha, &outer) {
                // Colour that nobody sees does not go on.
                (Some(a), Some(outer)) => harmonic::continued(&left.with(a, |p, a| p * a), frame)
                    .with(outer, |p, a| if a > CLEAR { p / a } else { 0.0 }),
                _ => continued(&left, frame),
            };
            if let Some(base) = &base {
                made = made.with(base, |r, f| r + f);
            }
            let (least, most) = range(own);
            clamped(made, least, most)
        };
        Self { colour: self.colour.iter().enumerate().map(one).collect(), alpha: outer }
    }

    fn mirrored(&self, frame: &Frame) -> Self {
        let mirrored = |c: &Channel| c.mirrored(frame);
        Self {
            colour: self.colour.iter().map(mirrored).collect(),
            alpha: self.alpha.as_ref().map(mirrored),
        }
    }

    /// What belongs to colour `c` of a field in RGB.
    fn base(&self, rgb: &[Channel; 3], c: usize) -> Channel {
        match self.colour.len() {
            1 => rgb[0].with(&rgb[1], |r, g| r + g).with(&rgb[2], |s, b| (s + b) / 3.0),
            _ => rgb[c].clone(),
        }
    }
}

fn scaled(channel: &Channel, factor: f32) -> Channel {
    channel.with(channel, |v, _| factor * v)
}

fn clamped(mut channel: Channel, least: f32, most: f32) -> Channel {
    channel.values.iter_mut().for_each(|v| *v = v.clamp(least, most));
    channel
}

/// Least and greatest value.
fn range(channel: &Channel) -> (f32, f32) {
    let ends = (f32::INFINITY, f32::NEG_INFINITY);
    channel.values.iter().fold(ends, |(a, b), v| (a.min(*v), b.max(*v)))
}
