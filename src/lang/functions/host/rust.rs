//! Rust functions as functions of the language: their types say what they take and give.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::base::native::type_for;
use crate::base::types::Type;
use crate::base::value::Value;

/// A Rust type that a host function takes.
pub trait Argument {
    /// The same type, for values that live as long as `'v`.
    type Of<'v>;

    /// The type of the language whose values it takes.
    fn ty() -> Type;

    /// A value of that type.
    ///
    /// # Errors
    /// Why it does not fit all the same.
    fn read(value: &Value) -> Result<Self::Of<'_>, String>;
}

/// A Rust type that a host function gives back.
pub trait Reply {
    /// The type of the language whose values it gives.
    fn ty() -> Type;

    /// As a value of that type.
    ///
    /// # Errors
    /// Why there is none.
    fn write(self) -> Result<Value, String>;
}

/// A Rust function that can be called from the language. `M` tells kinds of functions apart and is always inferred.
pub trait Function<M>: Send + Sync + 'static {
    /// The types of its parameters.
    fn params() -> Vec<Type>;
    /// The type of its result.
    fn returns() -> Type;
    /// Its result; there is a value for each parameter.
    ///
    /// # Errors
    /// Why it has none.
    fn call(&self, values: &[Value]) -> Result<Value, String>;
}

/// Around a type that serde reads or writes: a struct, an enum. What it takes is found out by letting it read; what it
/// gives, likewise, so that types given back implement `Deserialize` too.
///
/// ```
/// use prov::{HostFunction, Serde};
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Endpoint {
///     host: String,
///     port: u16,
/// }
/// let function = HostFunction::pure("acme::url", |Serde(at): Serde<Endpoint>| format!("{}:{}", at.host, at.port));
/// assert_eq!(
///     function.signature(),
///     "acme::url(value: object({ host = string, port = int(0..65535) })) -> string"
/// );
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Serde<T>(pub T);

impl<T: DeserializeOwned> Argument for Serde<T> {
    type Of<'v> = Serde<T>;

    fn ty() -> Type {
        type_for::<T>()
    }

    fn read(value: &Value) -> Result<Self, String> {
        value.deserialize().map(Serde).map_err(|error| error.to_string())
    }
}

impl<T: Serialize + DeserializeOwned> Reply for Serde<T> {
    fn ty() -> Type {
        type_for::<T>()
    }

    fn write(self) -> Result<Value, String> {
        Value::serialize(&self.0).map_err(|error| error.to_string())
    }
}

impl Argument for &str {
    type Of<'v> = &'v str;

    fn ty() -> Type {
        Type::string()
    }

    fn read(value: &Value) -> Result<&str, String> {
        value.as_str().ok_or_else(|| "a string is needed".to_owned())
    }
}

impl Reply for &str {
    fn ty() -> Type {
        Type::string()
    }

    fn write(self) -> Result<Value, String> {
        Ok(self.into())
    }
}

/// Types that serde reads and writes by themselves.
macro_rules! plain {
    ($($ty:ty)*) => {
        $(impl Argument for $ty {
            type Of<'v> = $ty;

            fn ty() -> Type {
                type_for::<$ty>()
            }

            fn read(value: &Value) -> Result<$ty, String> {
                value.deserialize().map_err(|error| error.to_string())
            }
        }

        impl Reply for $ty {
            fn ty() -> Type {
                type_for::<$ty>()
            }

            fn write(self) -> Result<Value, String> {
                Value::serialize(&self).map_err(|error| error.to_string())
            }
        })*
    };
}

plain! { String bool char i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 Duration }

impl Argument for usize {
    type Of<'v> = usize;

    fn ty() -> Type {
        type_for::<u64>()
    }

    fn read(value: &Value) -> Result<usize, String> {
        value.deserialize().map_err(|error| error.to_string())
    }
}

impl Reply for usize {
    fn ty() -> Type {
        type_for::<u64>()
    }

    fn write(self) -> Result<Value, String> {
        Ok(self.into())
    }
}

impl Argument for Value {
    type Of<'v> = Value;

    fn ty() -> Type {
        Type::any()
    }

    fn read(value: &Value) -> Result<Value, String> {
        Ok(value.clone())
    }
}

impl Reply for Value {
    fn ty() -> Type {
        Type::any()
    }

    fn write(self) -> Result<Value, String> {
        Ok(self)
    }
}

impl<T: Argument> Argument for Option<T> {
    type Of<'v> = Option<T::Of<'v>>;

    fn ty() -> Type {
        T::ty().optional()
    }

    fn read(value: &Value) -> Result<Self::Of<'_>, String> {
        if value.is_null() { Ok(None) } else { T::read(value).map(Some) }
    }
}

impl<T: Reply> Reply for Option<T> {
    fn ty() -> Type {
        T::ty().optional()
    }

    fn write(self) -> Result<Value, String> {
        self.map_or(Ok(Value::NULL), T::write)
    }
}

impl<T: Argument> Argument for Vec<T> {
    type Of<'v> = Vec<T::Of<'v>>;

    fn ty() -> Type {
        Type::list(T::ty())
    }

    fn read(value: &Value) -> Result<Self::Of<'_>, String> {
        value.as_slice().ok_or("a list is needed")?.iter().map(T::read).collect()
    }
}

impl<T: Reply> Reply for Vec<T> {
    fn ty() -> Type {
        Type::list(T::ty())
    }

    fn write(self) -> Result<Value, String> {
        Ok(self.into_iter().map(T::write).collect::<Result<Vec<_>, _>>()?.into())
    }
}

macro_rules! maps {
    ($([$($bound:tt)*] $map:ty, $of:ty;)*) => {
        $(impl<T: Argument, $($bound)*> Argument for $map {
            type Of<'v> = $of;

            fn ty() -> Type {
                Type::map(T::ty())
            }

            fn read(value: &Value) -> Result<Self::Of<'_>, String> {
                let entries = value.as_map().ok_or("a map is needed")?.iter();
                entries.map(|(key, value)| Ok((key.to_string(), T::read(value)?))).collect()
            }
        }

        impl<T: Reply, $($bound)*> Reply for $map {
            fn ty() -> Type {
                Type::map(T::ty())
            }

            fn write(self) -> Result<Value, String> {
                let entries = self.into_iter().map(|(key, value)| Ok((key, value.write()?)));
                Ok(Value::map(entries.collect::<Result<Vec<_>, String>>()?))
            }
        })*
    };
}

maps! {
    [] BTreeMap<String, T>, BTreeMap<String, T::Of<'v>>;
    [S: BuildHasher + Default] HashMap<String, T, S>, HashMap<String, T::Of<'v>, S>;
}

impl<T: Reply, E: std::fmt::Display> Reply for Result<T, E> {
    fn ty() -> Type {
        T::ty()
    }

    fn write(self) -> Result<Value, String> {
        self.map_err(|error| error.to_string())?.write()
    }
}

macro_rules! functions {
    ($(($($name:ident $value:ident $at:tt),*))*) => {
        $(impl<F, R, $($name,)*> Function<fn($($name),*) -> R> for F
        where
            F: Fn($($name),*) -> R + for<'v> Fn($($name::Of<'v>),*) -> R + Send + Sync + 'static,
            R: Reply,
            $($name: Argument,)*
        {
            fn params() -> Vec<Type> {
                vec![$($name::ty()),*]
            }

            fn returns() -> Type {
                R::ty()
            }

            #[allow(unused_variables)]
            fn call(&self, values: &[Value]) -> Result<Value, String> {
                // One of the two signatures, so that the call is not ambiguous.
                fn with<R, $($name),*>(function: impl Fn($($name),*) -> R, ($($value,)*): ($($name,)*)) -> R {
                    function($($value),*)
                }
                let lacking = || "an argument is missing".to_owned();
                let values = ($($name::read(values.get($at).ok_or_else(lacking)?)?,)*);
                with(self, values).write()
            }
        })*
    };
}

functions! {
    ()
    (A a 0)
    (A a 0, B b 1)
    (A a 0, B b 1, C c 2)
    (A a 0, B b 1, C c 2, D d 3)
    (A a 0, B b 1, C c 2, D d 3, E e 4)
    (A a 0, B b 1, C c 2, D d 3, E e 4, G g 5)
}
