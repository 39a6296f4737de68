//! Objects that their owner changes.

use parking_lot::Mutex;

use super::boundary::guard;
use super::error::PolyinrError;
use super::handles::Table;
use super::status::{Outcome, PolyinrStatus};

impl<T: Clone + Default> Table<Mutex<T>> {
    /// Does what an exported function does that changes an object.
    ///
    /// # Safety
    /// `error` must be NULL or writable.
    pub unsafe fn change(
        &self,
        number: u64,
        error: *mut PolyinrError,
        change: impl FnOnce(&mut T) -> Outcome,
    ) -> PolyinrStatus {
        // SAFETY: as the caller promises.
        unsafe { guard(error, || change(&mut self.get(number)?.lock())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_is_seen_as_it_is() {
        let table: Table<Mutex<u32>> = Table::new("number");
        let number = table.insert(Mutex::new(5)).unwrap();
        assert_eq!((table.now(0).unwrap(), table.now(number).unwrap()), (0, 5));
        let set = |value| {
            move |n: &mut u32| {
                *n = value;
                Ok(())
            }
        };
        let mut error = 0;
        // SAFETY: the place of the error is writable.
        let statuses = unsafe {
            let none = std::ptr::null_mut();
            [table.change(number, &mut error, set(7)), table.change(0, none, set(8))]
        };
        assert_eq!((statuses[0], error), (PolyinrStatus::Ok, 0));
        assert_eq!((statuses[1], table.now(number).unwrap()), (PolyinrStatus::BadHandle, 7));
        table.remove(number).unwrap();
        assert!(table.now(number).is_err());
    }
}
