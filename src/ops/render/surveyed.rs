//! A picture's rows as its network takes them.

use std::cell::Cell;

use super::restored::reduction;
use crate::error::Result;
use crate::field::PictureField;
use crate::raster::{Bled, Reduced, RowSource, Survey};
use crate::view::View;

/// The rows of a picture that was surveyed, in its network's range and at the size that suits a view.
pub(in crate::ops) struct SurveyedRows<'a> {
    pub(super) survey: &'a Survey,
    field: &'a PictureField,
    reduced: [u32; 2],
    /// Rows that were kept as the picture was looked at.
    kept: Cell<Option<Box<dyn RowSource>>>,
}

impl<'a> SurveyedRows<'a> {
    /// Those of the picture of `field` for `view`.
    pub fn of(field: &'a PictureField, view: &View) -> Result<Self> {
        let (survey, kept) = field.surveyed()?;
        let reduced = reduction(view, field.extent().size().into());
        Ok(Self { survey, field, reduced, kept: kept.into() })
    }

    /// The rows.
    pub fn ready(&self) -> Result<Box<dyn RowSource>> {
        let kept = self.kept.take();
        let source = kept.map_or_else(|| self.field.rows(), Ok)?;
        let rows = self.survey.prepared(source);
        let size: [u32; 2] = self.field.extent().size().into();
        Ok(match self.reduced == size {
            true => rows,
            false => Box::new(Reduced::new(rows, self.reduced, self.survey.opaque)),
        })
    }

    /// The same, what is not seen in the colours of what is.
    pub fn colour(&self) -> Result<Box<dyn RowSource>> {
        let rows = self.ready()?;
        Ok(match rows.channels().has_alpha() && !self.survey.opaque {
            true => Box::new(Bled::new(rows)),
            false => rows,
        })
    }
}
