//! Objects that a host knows by handles.

use std::sync::Arc;

use ffi_support::{HandleError, HandleMap};
use parking_lot::RwLock;

use super::status::{Failure, Outcome};
use crate::error::Error;

/// Most objects of a kind at a time.
const MOST: usize = 32_000;

/// Objects after which a table starts a new map. A map counts the uses of each of its places in 16
/// bits, two for an object; with more, numbers would come again.
const MAP_USES: usize = 30_000;

/// What a host knows an object by: a struct of its own for each kind of object, so that neither a
/// host nor this library can take one kind for another. [`handle`] makes structs such.
pub(super) trait Handle: Copy + Sized + 'static {
    /// What it stands for.
    type Object: Send + Sync + 'static;

    /// What messages call such an object.
    const KIND: &'static str;

    /// Stands for no object.
    const NONE: Self;

    /// The handle with this number.
    fn from_id(id: u64) -> Self;

    /// Its number.
    fn id(self) -> u64;

    /// The living objects of this kind.
    fn table() -> &'static Table<Self>;

    /// The handle of a new object.
    fn keep(object: Self::Object) -> Outcome<Self> {
        Self::table().insert(object)
    }

    /// The object; it lives on while the result does.
    fn get(self) -> Outcome<Arc<Self::Object>> {
        Self::table().get(self)
    }

    /// Forgets the object. None is nothing to forget.
    fn free(self) -> Outcome {
        Self::table().remove(self)
    }

    /// Whether it stands for no object.
    fn is_none(self) -> bool {
        self.id() == 0
    }
}

/// Makes a struct of one `id` the [`Handle`] of objects of a type, which messages call so. The struct
/// itself is written out beside it: `cargo xtask header` reads no macros.
macro_rules! handle {
    ($handle:ident, $kind:literal, $object:ty) => {
        impl $crate::ffi::handles::Handle for $handle {
            type Object = $object;

            const KIND: &'static str = $kind;

            const NONE: Self = Self { id: 0 };

            fn from_id(id: u64) -> Self {
                Self { id }
            }

            fn id(self) -> u64 {
                self.id
            }

            fn table() -> &'static $crate::ffi::handles::Table<Self> {
                static TABLE: std::sync::LazyLock<$crate::ffi::handles::Table<$handle>> =
                    std::sync::LazyLock::new($crate::ffi::handles::Table::new);
                &TABLE
            }
        }
    };
}
pub(super) use handle;

/// The living objects of one kind. Its lock is held to look an object up, never to work with it.
pub(super) struct Table<H: Handle> {
    maps: RwLock<Maps<H::Object>>,
}

/// The map that new objects go to, and earlier ones as long as some of theirs live.
struct Maps<T> {
    earlier: Vec<HandleMap<Arc<T>>>,
    latest: HandleMap<Arc<T>>,
    /// Objects that were put into the latest.
    used: usize,
}

impl<T> Maps<T> {
    fn len(&self) -> usize {
        self.latest.len() + self.earlier.iter().map(HandleMap::len).sum::<usize>()
    }

    fn insert(&mut self, object: Arc<T>) -> u64 {
        if self.used == MAP_USES {
            self.earlier.push(std::mem::take(&mut self.latest));
            self.earlier.retain(|map| !map.is_empty());
            self.used = 0;
        }
        self.used += 1;
        self.latest.insert(object).into_u64()
    }

    fn get(&self, handle: ffi_support::Handle) -> Result<Arc<T>, HandleError> {
        let mut result = self.latest.get(handle);
        for map in &self.earlier {
            if matches!(result, Err(HandleError::WrongMap)) {
                result = map.get(handle);
            }
        }
        result.cloned()
    }

    fn remove(&mut self, handle: ffi_support::Handle) -> Result<Arc<T>, HandleError> {
        let mut result = self.latest.remove(handle);
        for map in &mut self.earlier {
            if matches!(result, Err(HandleError::WrongMap)) {
                result = map.remove(handle);
            }
        }
        result
    }
}

impl<H: Handle> Table<H> {
    pub fn new() -> Self {
        let maps = Maps { earlier: Vec::new(), latest: HandleMap::new(), used: 0 };
        Self { maps: RwLock::new(maps) }
    }

    fn insert(&self, object: H::Object) -> Outcome<H> {
        let mut maps = self.maps.write();
        if maps.len() >= MOST {
            let problem = format!("{MOST} of them are alive; free some");
            return Err(Error::limits(H::KIND, problem).into());
        }
        Ok(H::from_id(maps.insert(Arc::new(object))))
    }

    fn get(&self, handle: H) -> Outcome<Arc<H::Object>> {
        let number = ffi_support::Handle::from_u64(handle.id()).map_err(|e| bad::<H>(&e))?;
        self.maps.read().get(number).map_err(|e| bad::<H>(&e))
    }

    fn remove(&self, handle: H) -> Outcome {
        if handle.is_none() {
            return Ok(());
        }
        let number = ffi_support::Handle::from_u64(handle.id()).map_err(|e| bad::<H>(&e))?;
        let object = self.maps.write().remove(number);
        // Dropped after the lock.
        object.map(drop).map_err(|e| bad::<H>(&e))
    }
}

/// What is wrong with a handle of a kind.
fn bad<H: Handle>(error: &HandleError) -> Failure {
    let problem = match error {
        HandleError::NullHandle => "none is given (its id is 0); make one first",
        HandleError::StaleVersion => "the object was freed before",
        HandleError::WrongMap => "the id is of an object of another kind, or freed long ago",
        _ => "the id is not one that this library gave",
    };
    Failure::Handle(H::KIND, problem.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Cat {
        id: u64,
    }
    handle!(Cat, "cat", &'static str);

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Dog {
        id: u64,
    }
    handle!(Dog, "dog", &'static str);

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Leaf {
        id: u64,
    }
    handle!(Leaf, "leaf", u32);

    #[test]
    fn wrong_ids_are_told_apart() {
        let (cat, dog) = (Cat::keep("Tom").unwrap(), Dog::keep("Rex").unwrap());
        assert_eq!(*cat.get().unwrap(), "Tom");
        let said = |cat: Cat| cat.get().unwrap_err().message();
        assert!(said(Cat::from_id(dog.id())).contains("another kind"));
        assert!(said(Cat::NONE).contains("none is given"));
        assert!(said(Cat::from_id(0x1234_5678_9abc_def0)).starts_with("cat: "));
        cat.free().unwrap();
        assert!(said(cat).contains("freed"));
        assert!(cat.free().is_err());
        assert!(Cat::NONE.free().is_ok());
        // The place is used again, the id is not.
        assert_ne!(Cat::keep("Felix").unwrap(), cat);
        assert!(cat.get().is_err());
        assert_eq!(*dog.get().unwrap(), "Rex");
    }

    #[test]
    fn ids_never_come_again() {
        let kept = Leaf::keep(0).unwrap();
        let first = Leaf::keep(1).unwrap();
        first.free().unwrap();
        for i in 0..100_000 {
            let leaf = Leaf::keep(i).unwrap();
            assert!(leaf != first && leaf != kept);
            leaf.free().unwrap();
        }
        assert!(first.get().is_err());
        assert_eq!(*kept.get().unwrap(), 0);
        kept.free().unwrap();
        assert_eq!(Leaf::table().maps.read().len(), 0);
    }
}
