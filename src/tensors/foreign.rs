//! Tensors under the names of other programs.

use std::cell::RefCell;
use std::collections::HashSet;

use super::read::Tensors;
use super::write::NamedTensor;
use crate::error::Result;

/// A file of another program, its names with or without `weights.`.
pub(crate) struct ForeignTensors<'a> {
    tensors: Tensors<'a>,
    prefix: &'static str,
    /// Names of what was copied.
    taken: RefCell<HashSet<String>>,
}

impl<'a> ForeignTensors<'a> {
    /// The tensors of a file.
    pub(crate) fn new(tensors: Tensors<'a>) -> Self {
        let prefixed = tensors.names().iter().any(|n| n.starts_with("weights."));
        let prefix = if prefixed { "weights." } else { "" };
        Self { tensors, prefix, taken: RefCell::default() }
    }

    /// Whether a tensor is there.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.tensors.shape(&format!("{}{name}", self.prefix)).is_some()
    }

    /// Shape of a tensor; an error where it is missing.
    pub(crate) fn shape(&self, name: &str) -> Result<Vec<usize>> {
        let name = format!("{}{name}", self.prefix);
        let shape = self.tensors.shape(&name);
        shape.ok_or_else(|| self.tensors.error(format!("tensor {name} is missing")))
    }

    /// One dimension of a tensor's shape.
    pub(crate) fn dimension(&self, name: &str, index: usize) -> Result<usize> {
        self.shape(name)?
            .get(index)
            .copied()
            .ok_or_else(|| self.tensors.error(format!("tensor {name} has too few dimensions")))
    }

    /// The file itself.
    pub(crate) fn file(&self) -> &Tensors<'a> {
        &self.tensors
    }

    /// How many of `name(0)`, `name(1)`, ... there are.
    pub(crate) fn count(&self, name: impl Fn(usize) -> String) -> usize {
        (0..).take_while(|i| self.has(&name(*i))).count()
    }

    /// Values of a tensor, which is taken with that.
    fn take(&self, name: &str) -> Result<Vec<f32>> {
        self.taken.borrow_mut().insert(name.to_owned());
        self.tensors.values(&format!("{}{name}", self.prefix))
    }

    /// Fails where a tensor of the mapping or synthesis network was not copied, except for those that
    /// `left_out` names: what it belongs to is missing.
    pub(crate) fn check_all_taken(&self, left_out: impl Fn(&str) -> bool) -> Result<()> {
        let mut names = self.tensors.names();
        names.sort();
        let taken = self.taken.borrow();
        let part = |name: &&str| name.starts_with("mapping.") || name.starts_with("synthesis.");
        let own = names.iter().filter_map(|name| name.strip_prefix(self.prefix)).filter(part);
        match own.into_iter().find(|name| !taken.contains(*name) && !left_out(name)) {
            None => Ok(()),
            Some(name) => Err(self.tensors.error(format!(
                "tensor {name} is left over: one that it goes with is missing, or this is another network; get the file again"
            ))),
        }
    }

    /// Copies a tensor to another name.
    pub(crate) fn copy(&self, out: &mut Vec<NamedTensor>, from: &str, to: String) -> Result<()> {
        let values = self.take(from)?;
        out.push((to, self.shape(from)?, values));
        Ok(())
    }

    /// Copies a layer's weight and bias.
    pub(crate) fn layer(&self, out: &mut Vec<NamedTensor>, from: &str, to: &str) -> Result<()> {
        self.copy(out, &format!("{from}.weight"), format!("{to}.weight"))?;
        self.copy(out, &format!("{from}.bias"), format!("{to}.bias"))
    }

    /// Copies a tensor to another name and a shape of as many values.
    pub(crate) fn reshaped(
        &self,
        out: &mut Vec<NamedTensor>,
        from: &str,
        to: String,
        shape: &[usize],
    ) -> Result<()> {
        let values = self.take(from)?;
        if values.len() != shape.iter().product::<usize>() {
            let problem = format!("tensor {from} has {} values, {shape:?} expected", values.len());
            return Err(self.tensors.error(problem));
        }
        out.push((to, shape.to_vec(), values));
        Ok(())
    }

    /// Copies tensors that differ in their first side only to one, one after another.
    pub(crate) fn joined(
        &self,
        out: &mut Vec<NamedTensor>,
        from: &[String],
        to: String,
    ) -> Result<()> {
        let (mut shape, mut values) = (Vec::new(), Vec::new());
        for name in from {
            let own = self.shape(name)?;
            if own.is_empty() || !shape.is_empty() && shape[1..] != own[1..] {
                return Err(self.tensors.error(format!("tensor {name} has an odd shape")));
            }
            values.extend(self.take(name)?);
            match shape.first_mut() {
                Some(first) => *first += own[0],
                None => shape = own,
            }
        }
        out.push((to, shape, values));
        Ok(())
    }

    /// Copies a layer whose weight is that of a 1x1 convolution.
    pub(crate) fn point_layer(
        &self,
        out: &mut Vec<NamedTensor>,
        from: &str,
        to: &str,
    ) -> Result<()> {
        let weight = format!("{from}.weight");
        let shape = [self.dimension(&weight, 0)?, self.dimension(&weight, 1)?];
        self.reshaped(out, &weight, format!("{to}.weight"), &shape)?;
        self.copy(out, &format!("{from}.bias"), format!("{to}.bias"))
    }

    /// Copies a layer whose outputs are in groups, reordered: new group `i` is old `order[i]`.
    pub(crate) fn permuted(
        &self,
        out: &mut Vec<NamedTensor>,
        from: &str,
        to: &str,
        order: &[usize],
    ) -> Result<()> {
        self.layer(out, from, to)?;
        let added = out.len() - 2;
        for (name, _, values) in &mut out[added..] {
            if values.len() % order.len() != 0 {
                return Err(self.tensors.error(format!("tensor {name} has an odd shape")));
            }
            let group = values.len() / order.len();
            let old = std::mem::take(values);
            values.extend(order.iter().flat_map(|o| &old[o * group..(o + 1) * group]));
        }
        Ok(())
    }
}
