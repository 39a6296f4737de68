//! Objects that a host knows by numbers.

use std::sync::Arc;

use ffi_support::{Handle, HandleError, HandleMap};
use parking_lot::RwLock;

use super::status::{Failure, Outcome};
use crate::error::Error;

/// Most objects of a kind at a time.
const MOST: usize = 32_000;

/// The living objects of one kind. Its lock is held to look an object up, never to work with it.
pub(super) struct Table<T> {
    /// What messages call such an object.
    kind: &'static str,
    objects: RwLock<HandleMap<Arc<T>>>,
}

impl<T> Table<T> {
    pub fn new(kind: &'static str) -> Self {
        Self { kind, objects: RwLock::new(HandleMap::new()) }
    }

    /// The number of a new object.
    pub fn insert(&self, object: T) -> Outcome<u64> {
        let mut objects = self.objects.write();
        if objects.len() >= MOST {
            let problem = format!("{MOST} of them are alive; free some");
            return Err(Error::limits(self.kind, problem).into());
        }
        Ok(objects.insert(Arc::new(object)).into_u64())
    }

    /// The object of that number; it lives on while the result does.
    pub fn get(&self, number: u64) -> Outcome<Arc<T>> {
        let handle = Handle::from_u64(number).map_err(|e| self.bad(&e))?;
        self.objects.read().get(handle).cloned().map_err(|e| self.bad(&e))
    }

    /// Forgets the object of that number. Zero, which stands for none, is nothing to forget.
    pub fn remove(&self, number: u64) -> Outcome {
        if number == 0 {
            return Ok(());
        }
        let handle = Handle::from_u64(number).map_err(|e| self.bad(&e))?;
        let object = self.objects.write().remove(handle);
        // Dropped after the lock.
        object.map(drop).map_err(|e| self.bad(&e))
    }

    fn bad(&self, error: &HandleError) -> Failure {
        let problem = match error {
            HandleError::NullHandle => "0 is given, which is no object",
            HandleError::StaleVersion => "the object was freed before",
            HandleError::WrongMap => "the handle is of an object of another kind",
            _ => "the number is not one that this library gave",
        };
        Failure::Handle(self.kind, problem.to_owned())
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
}
