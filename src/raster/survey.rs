//! What must be known of a whole picture before its first row is computed.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

use super::bleed::Bled;
use super::gaps::Gaps;
use super::value_range::ValueRange;
use super::{ChangedRows, Channels, Depth, Raster, RasterRows, RowSource, Samples, all_rows};
use crate::error::Result;

/// Rows read at a time.
const STRIP: u32 = 16;
/// Bytes of rows that are kept, so that they need not be read again.
const KEPT: usize = 4 << 20;
/// Most values that stand for all when it is asked which lie far from the others.
const SAMPLE: usize = 1 << 16;
/// Alpha of pixels that are hardly seen: their colours may be anything.
const FAINT: f32 = 1.0 / 255.0;

/// What is known of a whole picture.
#[derive(Clone, Debug)]
pub struct Survey {
    /// Of its colours' finite values.
    pub range: ValueRange,
    /// The least of them or 0, whichever is less, and the greatest of them or 1.
    pub bounds: [f32; 2],
    /// Their mean.
    pub mean: f32,
    /// Whether red, green and blue are equal in every pixel that is seen.
    pub gray: bool,
    /// The only colour, where all pixels that are seen have the same.
    pub flat: Option<[f32; 3]>,
    /// The only alpha, where it is the same everywhere.
    pub alpha: Option<f32>,
    /// Whether alpha is full, or there is none.
    pub opaque: bool,
    /// Where there are no values, if there are such places.
    pub gaps: Option<Arc<Gaps>>,
}

impl Survey {
    /// Of a picture of which nothing need be known: its colours differ, within 0 to 1.
    pub const PLAIN: Self = Self {
        range: ValueRange::UNIT,
        bounds: [0.0, 1.0],
        mean: 0.5,
        gray: false,
        flat: None,
        alpha: None,
        opaque: true,
        gaps: None,
    };

    /// Reads `source` as far as it takes: pictures of integers until pixels have different colours,
    /// pictures of floats and those with a value that means no data to the end. Gives the source again if its
    /// rows could be kept; else it has to be opened again.
    ///
    /// # Errors
    /// The source's.
    pub fn of(mut source: Box<dyn RowSource>) -> Result<(Self, Option<Box<dyn RowSource>>)> {
        let mut found = Finding::new(&*source);
        let (mut kept, mut bytes) = (VecDeque::new(), 0);
        while let Some(rows) = source.next_rows(STRIP)? {
            found.add(&rows)?;
            bytes += rows.samples().len() * rows.samples().depth().bytes();
            match bytes <= KEPT {
                true => kept.push_back(rows),
                false => kept.clear(),
            }
            if found.is_settled() {
                break;
            }
        }
        let again =
            (bytes <= KEPT).then(|| Box::new(ReplayedRows { kept, source }) as Box<dyn RowSource>);
        Ok((found.survey(), again))
    }

    /// `source`, whose survey this is, in the range of networks: without gaps, within 0 to 1, alpha
    /// clamped.
    pub(crate) fn prepared(&self, source: Box<dyn RowSource>) -> Box<dyn RowSource> {
        let source: Box<dyn RowSource> = match &self.gaps {
            Some(_) => Box::new(Bled::over_gaps(source, self.mean)),
            None => source,
        };
        let range = self.range;
        Box::new(ChangedRows::new(source, move |rows| to_unit(rows, range)))
    }

    /// Whether [`prepared`](Self::prepared) changes colours.
    pub(crate) fn is_plain(&self) -> bool {
        self.range.is_unit() && self.gaps.is_none()
    }
}

/// What is known of `picture`, in which `nodata` stands for no data, and the picture itself where its
/// values are finite and from 0 to 1; one in that range, without gaps, where they are not.
///
/// # Errors
/// [`Error::Limits`](crate::Error::Limits) when the system gives no memory.
pub(crate) fn in_range(picture: &Raster, nodata: Option<f32>) -> Result<(Survey, Cow<'_, Raster>)> {
    if picture.samples().depth() != Depth::F32 && nodata.is_none() {
        return Ok((Survey::PLAIN, Cow::Borrowed(picture)));
    }
    let whole = Arc::new(picture.clone());
    let open = || Box::new(RasterRows::new(whole.clone()).with_nodata(nodata));
    let (survey, _) = Survey::of(open())?;
    let picture = match survey.is_plain() {
        true => Cow::Borrowed(picture),
        false => Cow::Owned(all_rows(survey.prepared(open()))?),
    };
    Ok((survey, picture))
}

/// A survey under way.
struct Finding {
    channels: Channels,
    nodata: bool,
    depth: Option<Depth>,
    gray: bool,
    flat: Uniform<[f32; 3]>,
    alpha: Uniform<f32>,
    opaque: bool,
    gaps: Gaps,
    least: f32,
    most: f32,
    sum: f64,
    count: u64,
    /// Every so many values, and the number of the next value.
    sample: Vec<f32>,
    every: usize,
    next: usize,
}

impl Finding {
    fn new(source: &dyn RowSource) -> Self {
        let row = source.width() as usize * source.channels().count();
        Self {
            sample: Vec::new(),
            every: spread(row, source.height() as usize),
            next: 0,
            channels: source.channels(),
            nodata: source.nodata().is_some(),
            depth: None,
            gray: true,
            flat: Uniform::Unseen,
            alpha: Uniform::Unseen,
            opaque: true,
            gaps: Gaps::new(source),
            least: f32::INFINITY,
            most: f32::NEG_INFINITY,
            sum: 0.0,
            count: 0,
        }
    }

    /// Whether more rows would tell nothing.
    fn is_settled(&self) -> bool {
        let whole = self.nodata || self.depth == Some(Depth::F32);
        let gray = self.gray && !self.channels.is_gray();
        let alpha = self.channels.has_alpha() && (self.opaque || self.alpha != Uniform::Mixed);
        !(whole || gray || alpha || self.flat != Uniform::Mixed)
    }

    fn add(&mut self, rows: &Raster) -> Result<()> {
        let samples = rows.samples();
        self.depth = Some(samples.depth());
        let alpha = self.channels.has_alpha();
        if self.gray && !self.channels.is_gray() {
            self.gray = match samples {
                Samples::U8(v) => is_gray(v, alpha, 0),
                Samples::U16(v) => is_gray(v, alpha, 0),
                Samples::F32(v) => is_gray(&bits(v), alpha, 0),
            };
        }
        if self.opaque && alpha {
            let count = self.channels.count();
            self.opaque = match samples {
                Samples::U8(v) => is_full(v, count, u8::MAX),
                Samples::U16(v) => is_full(v, count, u16::MAX),
                Samples::F32(v) => is_full(v, count, 1.0),
            };
        }
        if self.nodata || samples.depth() == Depth::F32 {
            self.gaps.add(rows)?;
            self.measure(rows);
        }
        self.compare(rows);
        Ok(())
    }

    /// Compares pixels of rows with the first, until two differ.
    fn compare(&mut self, rows: &Raster) {
        let (samples, count) = (rows.samples(), self.channels.count());
        let colours = count - usize::from(self.channels.has_alpha());
        for at in (0..samples.len()).step_by(count) {
            let open = colours < count && self.alpha != Uniform::Mixed;
            if self.flat == Uniform::Mixed && !open {
                return;
            }
            let alpha = if open { samples.get(at + colours) } else { 1.0 };
            if open {
                self.alpha.add(alpha);
            }
            let colour = [0, 1, 2].map(|c| samples.get(at + c.min(colours - 1)));
            if alpha > 0.0 && !colour.iter().any(|v| self.gaps.is_gap(*v)) {
                self.flat.add(colour);
            }
        }
    }

    /// Counts in the values of rows whose gaps were found, where they are seen.
    fn measure(&mut self, rows: &Raster) {
        let (samples, count) = (rows.samples(), self.channels.count());
        let colours = count - usize::from(self.channels.has_alpha());
        let first = self.next;
        self.next += samples.len();
        for at in (0..samples.len()).step_by(count) {
            if colours < count && !is_seen(samples.get(at + colours)) {
                continue;
            }
            for i in at..at + colours {
                let value = samples.get(i);
                if !self.gaps.is_gap(value) {
                    self.least = self.least.min(value);
                    self.most = self.most.max(value);
                    self.sum += f64::from(value);
                    self.count += 1;
                    if (first + i).is_multiple_of(self.every) {
                        self.sample.push(value);
                    }
                }
            }
        }
    }

    fn survey(self) -> Survey {
        let Self { least, most, sum, count, mut sample, .. } = self;
        let floats = self.depth == Some(Depth::F32) && count > 0;
        let range = match floats {
            true => ValueRange::of(least, most, &mut sample),
            false => ValueRange::UNIT,
        };
        Survey {
            range,
            bounds: if floats { [least.min(0.0), most.max(1.0)] } else { [0.0, 1.0] },
            mean: if count > 0 { (sum / count as f64) as f32 } else { 0.5 },
            gray: self.gray,
            flat: self.flat.only(),
            alpha: self.alpha.only().filter(|a| !a.is_nan()).map(|a| a.clamp(0.0, 1.0)),
            opaque: self.opaque,
            gaps: (!self.gaps.is_empty()).then(|| Arc::new(self.gaps)),
        }
    }
}

/// Whether colours beside this alpha are seen.
fn is_seen(alpha: f32) -> bool {
    alpha >= FAINT
}

/// From one value to the next that stands for all of `rows` rows of `row` values, in other columns
/// of other rows.
fn spread(row: usize, rows: usize) -> usize {
    let common = |mut a: usize, mut b: usize| {
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let every = row.saturating_mul(rows).div_ceil(SAMPLE).max(1);
    (every..).find(|every| common(*every, row) == 1).unwrap_or(every)
}

/// Whether all that was seen is the same.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Uniform<T> {
    /// Nothing was seen.
    Unseen,
    /// This value alone.
    Value(T),
    /// Several values.
    Mixed,
}

impl<T: PartialEq + Copy> Uniform<T> {
    fn add(&mut self, value: T) {
        *self = match *self {
            Self::Unseen => Self::Value(value),
            Self::Value(one) if one == value => return,
            _ => Self::Mixed,
        };
    }

    fn only(self) -> Option<T> {
        match self {
            Self::Value(one) => Some(one),
            _ => None,
        }
    }
}

/// Whether three equal samples begin every pixel but those whose alpha is `clear`.
fn is_gray<T: PartialEq>(samples: &[T], alpha: bool, clear: T) -> bool {
    let gray = |p: &[T]| p[0] == p[1] && p[1] == p[2];
    match alpha {
        false => samples.chunks_exact(3).all(gray),
        true => samples.chunks_exact(4).all(|p| gray(p) || p[3] == clear),
    }
}

/// What floats hold, all NaN being one.
fn bits(values: &[f32]) -> Vec<u32> {
    let one = |v: &f32| if v.is_nan() { u32::MAX } else { (v + 0.0).to_bits() };
    values.iter().map(one).collect()
}

/// Whether the last of `count` samples is `full` in every pixel.
fn is_full<T: PartialEq>(samples: &[T], count: usize, full: T) -> bool {
    samples.iter().skip(count - 1).step_by(count).all(|a| *a == full)
}

/// Rows that were read, and the rest of their source.
struct ReplayedRows {
    kept: VecDeque<Raster>,
    source: Box<dyn RowSource>,
}

impl RowSource for ReplayedRows {
    fn width(&self) -> u32 {
        self.source.width()
    }

    fn height(&self) -> u32 {
        self.source.height()
    }

    fn channels(&self) -> Channels {
        self.source.channels()
    }

    fn nodata(&self) -> Option<f32> {
        self.source.nodata()
    }

    fn next_rows(&mut self, count: u32) -> Result<Option<Raster>> {
        let Some(mut rows) = self.kept.pop_front() else { return self.source.next_rows(count) };
        while rows.height() < count {
            let more = match self.kept.pop_front() {
                Some(more) => more,
                None => match self.source.next_rows(count - rows.height())? {
                    Some(more) => more,
                    None => break,
                },
            };
            let height = rows.height() + more.height();
            let mut samples = rows.into_samples();
            samples.append(more.samples());
            rows = Raster::new(self.width(), height, self.channels(), samples)?;
        }
        if rows.height() > count {
            let split = count as usize * rows.row_len();
            let rest = rows.samples().part(split..rows.samples().len());
            let height = rows.height() - count;
            self.kept.push_front(Raster::new(self.width(), height, self.channels(), rest)?);
            let samples = rows.samples().part(0..split);
            rows = Raster::new(self.width(), count, self.channels(), samples)?;
        }
        Ok(Some(rows))
    }
}

/// Brings floats into the range of networks.
fn to_unit(rows: &mut Raster, range: ValueRange) {
    let channels = rows.channels();
    let colours = channels.count() - usize::from(channels.has_alpha());
    if let Samples::F32(values) = rows.samples_mut() {
        for pixel in values.chunks_exact_mut(channels.count()) {
            let (colour, alpha) = pixel.split_at_mut(colours);
            if !range.is_unit() {
                colour.iter_mut().for_each(|v| *v = range.to_unit(*v));
            }
            if alpha.first().is_some_and(|alpha| !is_seen(*alpha)) {
                colour.iter_mut().for_each(|v| *v = v.clamp(0.0, 1.0));
            }
            // What is no number is not seen.
            alpha.iter_mut().for_each(|a| *a = if *a > 0.0 { a.min(1.0) } else { 0.0 });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn rows(width: u32, channels: Channels, samples: Samples) -> Box<dyn RowSource> {
        let height = samples.len() as u32 / width / channels.count() as u32;
        Box::new(RasterRows::new(Arc::new(Raster::new(width, height, channels, samples).unwrap())))
    }

    fn all(mut source: Box<dyn RowSource>, count: u32) -> Vec<f32> {
        let mut out = Vec::new();
        while let Some(rows) = source.next_rows(count).unwrap() {
            out.extend((0..rows.samples().len()).map(|i| rows.samples().get(i)));
        }
        out
    }

    #[test]
    fn grey_is_seen_in_every_depth() {
        let gray = |samples| Survey::of(rows(2, Channels::Rgb, samples)).unwrap().0.gray;
        assert!(gray(Samples::U8(vec![7; 6])) && gray(Samples::F32(vec![f32::NAN; 6])));
        assert!(!gray(Samples::U16(vec![1, 1, 1, 2, 2, 3])));
        assert!(!gray(Samples::F32(vec![0.5, 0.5, 0.5, 0.5, f32::NAN, 0.5])));
        let clear = Samples::U8(vec![7, 7, 7, 255, 9, 1, 3, 0]);
        let (survey, _) = Survey::of(rows(2, Channels::Rgba, clear)).unwrap();
        assert!(survey.gray && !survey.opaque);
    }

    #[test]
    fn one_colour_is_seen() {
        let flat = |channels, samples| Survey::of(rows(2, channels, samples)).unwrap().0;
        let one = flat(Channels::Gray, Samples::U8(vec![51; 4]));
        assert_eq!((one.flat, one.alpha), (Some([0.2; 3]), None));
        let survey = flat(Channels::GrayAlpha, Samples::F32(vec![3.0, 0.5, f32::NAN, 0.5]));
        assert_eq!((survey.flat, survey.alpha), (Some([3.0; 3]), Some(0.5)));
        let survey = flat(Channels::GrayAlpha, Samples::F32(vec![3.0, 0.5, 4.0, 0.0]));
        assert_eq!((survey.flat, survey.alpha), (Some([3.0; 3]), None));
        assert_eq!(flat(Channels::Gray, Samples::U16(vec![1, 1, 1, 2])).flat, None);
    }

    #[test]
    fn rows_are_given_again_however_they_are_asked_for() {
        let samples = Samples::U8((0..5 * 70 * 3).map(|i| (i % 251) as u8).collect());
        let whole = all(rows(5, Channels::Rgb, samples.clone()), 70);
        for count in [1, 7, 16, 64, 100] {
            let (survey, again) = Survey::of(rows(5, Channels::Rgb, samples.clone())).unwrap();
            assert!(!survey.gray);
            assert_eq!(all(again.unwrap(), count), whole);
        }
    }

    #[test]
    fn what_is_hardly_seen_has_no_say() {
        for alpha in [0.0, 1e-3, f32::NAN] {
            let values = vec![0.0, 1.0, 1e9, alpha, 0.5, 1.0, 1.0, 1.0];
            let source = rows(4, Channels::GrayAlpha, Samples::F32(values));
            let (survey, again) = Survey::of(source).unwrap();
            assert!(survey.range.is_unit() && survey.bounds == [0.0, 1.0], "{survey:?}");
            assert_eq!(all(survey.prepared(again.unwrap()), 1)[2], 1.0);
        }
    }

    #[test]
    fn values_that_stand_for_all_are_spread() {
        assert_eq!(spread(100, 10), 1);
        for (row, rows) in [(3 * 4000, 3000), (1024, 1024), (1 << 20, 1), (7, 1 << 20)] {
            let every = spread(row, rows);
            assert!(row * rows / every <= SAMPLE && row * rows / every > SAMPLE / 2);
            let columns: HashSet<_> = (0..row).map(|i| i * every % row).collect();
            assert_eq!(columns.len(), row, "every column has its turn");
        }
    }

    #[test]
    fn floats_come_into_range_and_gaps_are_filled() {
        let values = vec![0.0, 255.0, f32::NAN, 51.0];
        let (survey, again) = Survey::of(rows(4, Channels::Gray, Samples::F32(values))).unwrap();
        let prepared = all(survey.prepared(again.unwrap()), 1);
        assert_eq!((prepared[0], prepared[1], prepared[3]), (0.0, 1.0, 0.2));
        assert!((prepared[2] - 0.6).abs() < 1e-6, "{prepared:?}");
        assert_eq!((survey.bounds, survey.mean), ([0.0, 255.0], 102.0));
        let nothing = Samples::F32(vec![f32::NAN; 4]);
        let (survey, again) = Survey::of(rows(2, Channels::Gray, nothing)).unwrap();
        assert_eq!(all(survey.prepared(again.unwrap()), 1), [0.5; 4]);
    }
}
