//! apt repositories beside `dpkg` and `apt-get`.

mod closure;
mod family;
mod random;
mod repository;
mod version;
