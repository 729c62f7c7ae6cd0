//! What the program hands to single features: things that a feature cannot make by itself, such as a cache that the
//! configuration sizes. Each is found by its type, so that nobody needs to know what others are given.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    fmt,
    sync::Arc,
};

/// Things by their types.
#[derive(Clone, Default)]
pub struct Extensions(HashMap<TypeId, Arc<dyn Any + Send + Sync>>);

impl Extensions {
    /// The same with one more thing.
    pub fn with<T: Any + Send + Sync>(mut self, thing: Arc<T>) -> Self {
        self.0.insert(TypeId::of::<T>(), thing);
        self
    }

    /// The thing of this type, where the program gave one.
    pub fn get<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        Arc::clone(self.0.get(&TypeId::of::<T>())?).downcast().ok()
    }
}

impl fmt::Debug for Extensions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Extensions({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_found_by_its_type() {
        let things = Extensions::default().with(Arc::new(7_u32)).with(Arc::new(String::from("seven")));
        assert_eq!(things.get::<u32>().as_deref(), Some(&7));
        assert_eq!(things.get::<String>().as_deref().map(String::as_str), Some("seven"));
        assert!(things.get::<u64>().is_none());
    }
}
