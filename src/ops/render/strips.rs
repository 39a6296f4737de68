//! Rows that several read of one source.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::raster::{ChangedRows, Raster, RowSource};

/// Rows that were read by somebody else, from the top.
pub(super) type Strips = Arc<Mutex<VecDeque<Raster>>>;

/// What is read from `source`, and the source to read from in its stead.
pub(super) fn tap(source: Box<dyn RowSource>) -> (Strips, Box<dyn RowSource>) {
    let strips = Strips::default();
    let copies = strips.clone();
    let tapped = ChangedRows::new(source, move |rows| copies.lock().push_back(rows.clone()));
    (strips, Box::new(tapped))
}
