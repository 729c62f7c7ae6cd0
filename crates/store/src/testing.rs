//! What every owner of tables runs in its tests.
