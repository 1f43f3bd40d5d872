//! The journey with foreign programs, a module for each subject.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "what fails must end the test")]

mod ansible;
mod check;
mod clients;
mod conformance;
mod deb;
mod full_target;
mod git;
mod hosts;
mod image_signatures;
mod kill;
mod medium;
mod no_route;
mod openpgp;
mod packages;
mod preflight;
mod provenance;
mod proxmox;
mod pulled_out;
mod registry;
mod rke2_stand_in;
mod rpm_bundle;
mod rpm_closure;
mod rpm_exchanged;
mod rpm_modules;
mod rpm_repositories;
mod rpm_signatures;
mod rpm_upstream;
mod rpm_versions;
mod second_reader;
mod space;
mod static_program;
mod sticks;
mod stock_tools;
mod update;
mod upstream;
