//! The errors of the container as verbs pass them on.

use super::{OpenError, ReadError, WriteError};
use crate::{Explain, Fault};

macro_rules! explain {
    ($($error:ty),*) => {$(
        impl Explain for $error {
            fn fault(&self) -> Fault {
                <$error>::fault(self)
            }
            fn hint(&self) -> Option<String> {
                <$error>::hint(self)
            }
        }
    )*};
}

explain!(OpenError, ReadError, WriteError);
