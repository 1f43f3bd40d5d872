//! apt repositories beside `dpkg` and `apt-get`.

mod bundle;
mod closure;
mod family;
mod random;
mod repository;
mod version;
