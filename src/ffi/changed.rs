//! Objects that their owner changes: options and views.

use parking_lot::Mutex;

use super::handles::Handle;
use super::status::Outcome;

/// An object as it is now; for none a new one.
pub(super) fn now<H, T>(handle: H) -> Outcome<T>
where
    H: Handle<Object = Mutex<T>>,
    T: Clone + Default,
{
    match handle.is_none() {
        true => Ok(T::default()),
        false => Ok(handle.get()?.lock().clone()),
    }
}

/// Changes an object.
pub(super) fn change<H, T>(handle: H, change: impl FnOnce(&mut T) -> Outcome) -> Outcome
where
    H: Handle<Object = Mutex<T>>,
{
    change(&mut handle.get()?.lock())
}

// What follows are whole bodies of exported functions; these are written out with their arguments and
// documentation, since `cargo xtask header` reads no macros.

/// Makes an object as it is at first.
macro_rules! make {
    ($place:ident, $error:ident) => {{
        let make = || $crate::ffi::handles::Handle::keep(Default::default());
        // SAFETY: the places are NULL or writable, as the header asks.
        unsafe { $crate::ffi::boundary::give($place, stringify!($place), $error, make) }
    }};
}
pub(super) use make;

/// Changes an object, as in `set!(options, error, |o| o.seed = seed)`.
macro_rules! set {
    ($handle:ident, $error:ident, |$object:ident| $change:expr) => {{
        let set = || {
            $crate::ffi::changed::change($handle, |$object| {
                $change;
                Ok(())
            })
        };
        // SAFETY: the place is NULL or writable, as the header asks.
        unsafe { $crate::ffi::boundary::guard($error, set) }
    }};
}
pub(super) use set;

/// Frees an object of any kind.
macro_rules! free {
    ($handle:ident, $error:ident) => {
        // SAFETY: the place is NULL or writable, as the header asks.
        unsafe {
            $crate::ffi::boundary::guard($error, || $crate::ffi::handles::Handle::free($handle))
        }
    };
}
pub(super) use free;

#[cfg(test)]
mod tests {
    use super::super::handles::handle;
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Number {
        id: u64,
    }
    handle!(Number, "number", Mutex<u32>);

    #[test]
    fn what_changes_is_seen_as_it_is() {
        let number = Number::keep(Mutex::new(5)).unwrap();
        assert_eq!((now(Number::NONE).unwrap(), now(number).unwrap()), (0, 5));
        let set = |value| {
            move |n: &mut u32| {
                *n = value;
                Ok(())
            }
        };
        assert!(change(number, set(7)).is_ok());
        assert!(change(Number::NONE, set(8)).is_err());
        assert_eq!(now(number).unwrap(), 7);
        number.free().unwrap();
        assert!(now(number).is_err());
    }
}
