# The front door. Each target is one command; what is longer lives in crates/xtask.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules
TOOLS := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/sre/tools/bin

.PHONY: help setup demo test test-only check advisories bench generate release

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

setup: ## install what tests need: Debian packages, pinned tools
	cargo xtask setup

demo: ## carry a bundle from an embedded upstream to a second registry, and show it
	cargo xtask demo

test: setup test-only ## install what tests need, then run all of them

test-only: ## run all tests
	PATH="$(TOOLS):$$PATH" cargo test --workspace --locked --no-fail-fast

check: ## format, lints, documents, dependencies, generated files
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked --quiet
	cargo xtask check-deps
	cargo xtask check-links
	cargo xtask check-options
	"$(TOOLS)/cargo-deny" --offline check bans licenses sources
	cargo xtask generate && git diff --exit-code

advisories: ## check dependencies against the advisory database (fetches it)
	"$(TOOLS)/cargo-deny" check advisories

bench: ## print each figure of the published table beside its target
	cargo xtask bench

generate: ## write the files that are made from code
	cargo xtask generate

release: ## build both programs as static binaries
	cargo xtask release
