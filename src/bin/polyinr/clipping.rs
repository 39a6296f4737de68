//! What files of whole numbers cannot hold of floats.

use std::cell::Cell;

use polyinr::{Depth, Result, RowSink};

/// How far results leave 0 to 1 because they were computed, not because the picture does.
const OVERSHOOT: f32 = 1.0 / 8.0;

/// The least and the greatest value of a result whose file holds 0 to 1 only.
#[derive(Debug)]
pub struct Clipping {
    bounds: Cell<[f32; 2]>,
    numberless: Cell<bool>,
}

impl Clipping {
    /// For a result of depth `to` of a picture of depth `from`, if values may be cut off.
    pub fn between(from: Depth, to: Depth) -> Option<Self> {
        let nothing = Self {
            bounds: Cell::new([f32::INFINITY, f32::NEG_INFINITY]),
            numberless: Cell::new(false),
        };
        (from == Depth::F32 && to != Depth::F32).then_some(nothing)
    }

    /// `sink`, with an eye on what it is handed.
    pub fn watch<'a>(&'a self, sink: &'a mut dyn RowSink) -> impl RowSink + 'a {
        move |first_row: u32, pixels: &[f32]| -> Result<()> {
            let bounds = |[least, most]: [f32; 2], v: &f32| [least.min(*v), most.max(*v)];
            self.bounds.set(pixels.iter().fold(self.bounds.get(), bounds));
            self.numberless.set(self.numberless.get() || pixels.iter().any(|v| v.is_nan()));
            sink.rows(first_row, pixels)
        }
    }

    /// What was cut off, in words.
    pub fn text(&self) -> Option<String> {
        let [least, most] = self.bounds.get();
        let outside = least < -OVERSHOOT || most > 1.0 + OVERSHOOT;
        let outside_text =
            format!("its samples go from {least} to {most}; what is under 0 or over 1 is cut off");
        let none = "samples that are no numbers became 0".to_owned();
        let texts = [outside.then_some(outside_text), self.numberless.get().then_some(none)];
        let texts: Vec<String> = texts.into_iter().flatten().collect();
        (!texts.is_empty()).then(|| format!("{}; tiff keeps them", texts.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_outside_are_said() {
        assert!(Clipping::between(Depth::U8, Depth::U8).is_none());
        assert!(Clipping::between(Depth::F32, Depth::F32).is_none());
        let clipping = Clipping::between(Depth::F32, Depth::U16).unwrap();
        let mut count = 0;
        let mut sink = |_: u32, pixels: &[f32]| {
            count += pixels.len();
            Ok(())
        };
        clipping.watch(&mut sink).rows(0, &[-0.1, 1.1]).unwrap();
        assert_eq!(clipping.text(), None);
        clipping.watch(&mut sink).rows(1, &[1000.0, f32::NAN, 0.5]).unwrap();
        let text = clipping.text().unwrap();
        assert!(text.contains("-0.1 to 1000") && text.contains("no numbers"), "{text}");
        let clipping = Clipping::between(Depth::F32, Depth::U8).unwrap();
        clipping.watch(&mut sink).rows(0, &[25.0, 230.0]).unwrap();
        assert!(clipping.text().unwrap().contains("25 to 230"), "{:?}", clipping.text());
        assert_eq!(count, 7);
    }
}
