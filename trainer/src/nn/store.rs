//! Reading and writing the tensors of a store by name.

use std::collections::{BTreeMap, HashMap};

use tch::nn::VarStore;
use tch::{Tensor, no_grad};

/// All tensors of a store, trained or not, in the order of their names.
pub fn named(store: &VarStore) -> BTreeMap<String, Tensor> {
    store.variables().into_iter().collect()
}

/// Those of a store that are trained, in the order of their names.
pub fn trainable(store: &VarStore) -> Vec<(String, Tensor)> {
    named(store).into_iter().filter(|(_, t)| t.requires_grad()).collect()
}

/// Copies `values` into the tensors of the same names; all must be there in the right shape, and
/// nothing is copied otherwise.
///
/// # Errors
/// What is missing or misshapen, in words.
pub fn load(store: &VarStore, values: &HashMap<String, Tensor>) -> Result<(), String> {
    let named = named(store);
    for (name, tensor) in &named {
        match values.get(name) {
            None => return Err(format!("tensor {name} is missing")),
            Some(value) if value.size() != tensor.size() => {
                let (is, should) = (value.size(), tensor.size());
                return Err(format!("tensor {name} has shape {is:?}, {should:?} is needed"));
            }
            Some(_) => (),
        }
    }
    no_grad(|| named.iter().for_each(|(name, tensor)| tensor.shallow_clone().copy_(&values[name])));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::{Device, Kind};

    #[test]
    fn shapes_are_checked_before_anything_is_copied() {
        let store = VarStore::new(Device::Cpu);
        let a = store.root().zeros("a", &[2]);
        let _ = store.root().zeros("b", &[3]);
        let full = |n| Tensor::ones([n], (Kind::Float, Device::Cpu));
        let wrong = HashMap::from([("a".to_owned(), full(2)), ("b".to_owned(), full(2))]);
        assert!(load(&store, &wrong).unwrap_err().contains("tensor b"));
        assert_eq!(a.sum(Kind::Float).double_value(&[]), 0.0);
        let right = HashMap::from([("a".to_owned(), full(2)), ("b".to_owned(), full(3))]);
        load(&store, &right).unwrap();
        assert_eq!(a.sum(Kind::Float).double_value(&[]), 2.0);
    }
}
