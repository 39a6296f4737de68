//! Objects that a host knows by numbers.

use std::sync::Arc;

use ffi_support::{Handle, HandleError, HandleMap};
use parking_lot::{Mutex, RwLock};

use super::status::{Failure, Outcome};
use crate::error::Error;

/// Most objects of a kind at a time.
const MOST: usize = 32_000;

/// Objects after which a table starts a new map. A map counts the uses of each of its places in 16
/// bits, two for an object; with more, numbers would come again.
const MAP_USES: usize = 30_000;

/// The living objects of one kind. Its lock is held to look an object up, never to work with it.
pub(super) struct Table<T> {
    /// What messages call such an object.
    kind: &'static str,
    maps: RwLock<Maps<T>>,
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

    fn get(&self, handle: Handle) -> Result<Arc<T>, HandleError> {
        let mut result = self.latest.get(handle);
        for map in &self.earlier {
            if matches!(result, Err(HandleError::WrongMap)) {
                result = map.get(handle);
            }
        }
        result.cloned()
    }

    fn remove(&mut self, handle: Handle) -> Result<Arc<T>, HandleError> {
        let mut result = self.latest.remove(handle);
        for map in &mut self.earlier {
            if matches!(result, Err(HandleError::WrongMap)) {
                result = map.remove(handle);
            }
        }
        result
    }
}

impl<T> Table<T> {
    pub fn new(kind: &'static str) -> Self {
        let maps = Maps { earlier: Vec::new(), latest: HandleMap::new(), used: 0 };
        Self { kind, maps: RwLock::new(maps) }
    }

    /// The number of a new object.
    pub fn insert(&self, object: T) -> Outcome<u64> {
        let mut maps = self.maps.write();
        if maps.len() >= MOST {
            let problem = format!("{MOST} of them are alive; free some");
            return Err(Error::limits(self.kind, problem).into());
        }
        Ok(maps.insert(Arc::new(object)))
    }

    /// The object of that number; it lives on while the result does.
    pub fn get(&self, number: u64) -> Outcome<Arc<T>> {
        let handle = Handle::from_u64(number).map_err(|e| self.bad(&e))?;
        self.maps.read().get(handle).map_err(|e| self.bad(&e))
    }

    /// Forgets the object of that number. Zero, which stands for none, is nothing to forget.
    pub fn remove(&self, number: u64) -> Outcome {
        if number == 0 {
            return Ok(());
        }
        let handle = Handle::from_u64(number).map_err(|e| self.bad(&e))?;
        let object = self.maps.write().remove(handle);
        // Dropped after the lock.
        object.map(drop).map_err(|e| self.bad(&e))
    }

    fn bad(&self, error: &HandleError) -> Failure {
        let problem = match error {
            HandleError::NullHandle => "0 is given, which is no object",
            HandleError::StaleVersion => "the object was freed before",
            HandleError::WrongMap => {
                "the handle is of an object of another kind, or freed long ago"
            }
            _ => "the number is not one that this library gave",
        };
        Failure::Handle(self.kind, problem.to_owned())
    }
}

/// Objects that their owner changes: options and views.
impl<T: Clone + Default> Table<Mutex<T>> {
    /// The object of that number as it is now; for 0 a new one.
    pub fn now(&self, number: u64) -> Outcome<T> {
        match number {
            0 => Ok(T::default()),
            number => Ok(self.get(number)?.lock().clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_numbers_are_told_apart() {
        let (cats, dogs) = (Table::new("cat"), Table::new("dog"));
        let (cat, dog) = (cats.insert("Tom").unwrap(), dogs.insert("Rex").unwrap());
        assert_eq!(*cats.get(cat).unwrap(), "Tom");
        let said = |r: Outcome<Arc<&str>>| r.unwrap_err().message();
        assert!(said(cats.get(dog)).contains("another kind"));
        assert!(said(cats.get(0)).contains("0 is given"));
        assert!(said(cats.get(0x1234_5678_9abc_def0)).starts_with("cat: "));
        cats.remove(cat).unwrap();
        assert!(said(cats.get(cat)).contains("freed"));
        assert!(cats.remove(cat).is_err());
        assert!(cats.remove(0).is_ok());
        // The place is used again, the number is not.
        assert_ne!(cats.insert("Felix").unwrap(), cat);
        assert!(cats.get(cat).is_err());
    }

    #[test]
    fn numbers_never_come_again() {
        let table = Table::new("leaf");
        let kept = table.insert(0).unwrap();
        let first = table.insert(1).unwrap();
        table.remove(first).unwrap();
        for i in 0..100_000 {
            let number = table.insert(i).unwrap();
            assert!(number != first && number != kept);
            table.remove(number).unwrap();
        }
        assert!(table.get(first).is_err());
        assert_eq!(*table.get(kept).unwrap(), 0);
        table.remove(kept).unwrap();
        assert_eq!(table.maps.read().len(), 0);
    }
}
