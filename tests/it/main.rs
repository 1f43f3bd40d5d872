//! The journey with foreign programs, a module for each subject.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "what fails must end the test")]

mod clients;
mod conformance;
mod kill;
mod medium;
mod registry;
mod second_reader;
mod space;
mod static_program;
mod stock_tools;
mod upstream;
