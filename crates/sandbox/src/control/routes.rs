//! How a control route is mounted: with a sentence that says what it does, and with its query and body
//! described by the handler's own argument types. A route cannot be mounted without.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::routing::{MethodRouter, delete, get, patch, post, put};
use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::extract::{Asked, At, Given};
use crate::rest::face::Face;

/// Routes with their descriptions.
#[derive(Default)]
pub(crate) struct Routes {
    router: Router<Arc<Face>>,
    described: Vec<Described>,
}

/// A route as its page tells of it.
#[derive(Clone, Copy)]
pub(crate) struct Described {
    /// The method in lower case.
    pub method: &'static str,
    /// The path below `/control`.
    pub path: &'static str,
    /// What it does, in a sentence without its full stop.
    pub summary: &'static str,
    /// What the handler reads.
    pub inputs: fn(&mut SchemaGenerator) -> Inputs,
}

/// What a handler reads beside its path.
#[derive(Default)]
pub(crate) struct Inputs {
    /// The query's fields.
    pub query: Option<Schema>,
    /// The JSON body.
    pub body: Option<Schema>,
    /// Whether the body is taken as it comes.
    pub raw: bool,
}

impl Routes {
    /// No routes.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A route that only looks.
    pub(crate) fn get<H, T>(self, path: &'static str, handler: H, summary: &'static str) -> Self
    where
        H: Handler<T, Arc<Face>>,
        T: Arguments + 'static,
    {
        self.add::<T>("get", path, get(handler), summary)
    }

    /// A route that makes or does something.
    pub(crate) fn post<H, T>(self, path: &'static str, handler: H, summary: &'static str) -> Self
    where
        H: Handler<T, Arc<Face>>,
        T: Arguments + 'static,
    {
        self.add::<T>("post", path, post(handler), summary)
    }

    /// A route that puts something in place.
    pub(crate) fn put<H, T>(self, path: &'static str, handler: H, summary: &'static str) -> Self
    where
        H: Handler<T, Arc<Face>>,
        T: Arguments + 'static,
    {
        self.add::<T>("put", path, put(handler), summary)
    }

    /// A route that changes something.
    pub(crate) fn patch<H, T>(self, path: &'static str, handler: H, summary: &'static str) -> Self
    where
        H: Handler<T, Arc<Face>>,
        T: Arguments + 'static,
    {
        self.add::<T>("patch", path, patch(handler), summary)
    }

    /// A route that removes something.
    pub(crate) fn delete<H, T>(self, path: &'static str, handler: H, summary: &'static str) -> Self
    where
        H: Handler<T, Arc<Face>>,
        T: Arguments + 'static,
    {
        self.add::<T>("delete", path, delete(handler), summary)
    }

    fn add<T: Arguments>(
        mut self,
        method: &'static str,
        path: &'static str,
        route: MethodRouter<Arc<Face>>,
        summary: &'static str,
    ) -> Self {
        self.router = self.router.route(path, route);
        self.described.push(Described { method, path, summary, inputs: T::inputs });
        self
    }

    /// These and others.
    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.described.extend(other.described);
        self
    }

    /// The routes themselves, and what is said of them.
    pub(crate) fn split(self) -> (Router<Arc<Face>>, Vec<Described>) {
        (self.router, self.described)
    }
}

/// All arguments of a handler, named by the marker type that axum gives it.
pub(crate) trait Arguments {
    /// What they read.
    fn inputs(schemas: &mut SchemaGenerator) -> Inputs;
}

/// One argument of a handler.
pub(crate) trait Argument {
    /// Notes what it reads; a path's segments are read off the path.
    fn note(_schemas: &mut SchemaGenerator, _inputs: &mut Inputs) {}
}

impl<T> Argument for State<T> {}

impl<T> Argument for At<T> {}

impl Argument for Request {
    fn note(_: &mut SchemaGenerator, inputs: &mut Inputs) {
        inputs.raw = true;
    }
}

impl<T: JsonSchema> Argument for Asked<T> {
    fn note(schemas: &mut SchemaGenerator, inputs: &mut Inputs) {
        inputs.query = Some(T::json_schema(schemas));
    }
}

impl<T: JsonSchema> Argument for Given<T> {
    fn note(schemas: &mut SchemaGenerator, inputs: &mut Inputs) {
        inputs.body = Some(schemas.subschema_for::<T>());
    }
}

impl Arguments for ((),) {
    fn inputs(_: &mut SchemaGenerator) -> Inputs {
        Inputs::default()
    }
}

macro_rules! arguments {
    ($($name:ident),+) => {
        impl<M, $($name: Argument),+> Arguments for (M, $($name,)+) {
            fn inputs(schemas: &mut SchemaGenerator) -> Inputs {
                let mut inputs = Inputs::default();
                $($name::note(schemas, &mut inputs);)+
                inputs
            }
        }
    };
}

arguments!(A);
arguments!(A, B);
arguments!(A, B, C);
arguments!(A, B, C, D);
arguments!(A, B, C, D, E);
