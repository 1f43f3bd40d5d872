//! What OpenTofu tells while it runs, one line of JSON for each
//! (<https://opentofu.org/docs/internals/machine-readable-ui/>).

use std::fmt;

use serde::Deserialize;

/// A line of OpenTofu.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Tofu {
    /// What a plan comes to.
    ChangeSummary {
        /// How much of what.
        changes: Changes,
    },
    /// Something is wrong, or doubtful.
    Diagnostic {
        /// What.
        diagnostic: Diagnostic,
    },
    /// Something is being made or changed.
    ApplyStart {
        /// What.
        hook: Hook,
    },
    /// Something was made or changed.
    ApplyComplete {
        /// What.
        hook: Hook,
    },
    /// Something was not.
    ApplyErrored {
        /// What.
        hook: Hook,
    },
    /// All else.
    #[serde(other)]
    Other,
}

/// What is changed, and how.
#[derive(Debug, Deserialize)]
pub struct Hook {
    resource: Resource,
    /// Such as `create` or `update`.
    pub action: String,
}

#[derive(Debug, Deserialize)]
struct Resource {
    addr: String,
    #[serde(default)]
    resource_key: Option<serde_json::Value>,
}

impl Hook {
    /// Names a machine as the site does, and all else by its address.
    #[must_use]
    pub fn name(&self) -> &str {
        let key = self.resource.resource_key.as_ref().and_then(serde_json::Value::as_str);
        key.unwrap_or(&self.resource.addr)
    }
}

/// How much a plan adds, changes, takes over and destroys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Changes {
    /// What is made.
    pub add: u64,
    /// What is changed where it is.
    pub change: u64,
    /// What is there and was not written down.
    #[serde(default)]
    pub import: u64,
    /// What is destroyed.
    pub remove: u64,
}

impl Changes {
    /// Says whether there is nothing to do.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

/// What is wrong, in the words of OpenTofu.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Diagnostic {
    /// `error` or `warning`.
    pub severity: String,
    /// In a few words.
    pub summary: String,
    /// In more.
    #[serde(default)]
    pub detail: String,
    /// Of which part.
    #[serde(default)]
    pub address: Option<String>,
}

impl Diagnostic {
    /// Says whether it ended the run.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == "error"
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Its lines are broken for a terminal.
        let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some(address) = &self.address {
            write!(formatter, "{address}: ")?;
        }
        write!(formatter, "{}", line(&self.summary))?;
        if !self.detail.is_empty() {
            write!(formatter, ": {}", line(&self.detail))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> Tofu {
        serde_json::from_str(line).unwrap()
    }

    #[test]
    fn the_lines_of_a_run_are_understood() {
        let Tofu::ChangeSummary { changes } = told(
            r#"{"@level":"info","@message":"Plan: 3 to add","type":"change_summary",
                "changes":{"add":3,"change":0,"import":1,"remove":0,"operation":"plan"}}"#,
        ) else {
            panic!()
        };
        assert_eq!(changes, Changes { add: 3, import: 1, ..Changes::default() });
        let Tofu::ApplyStart { hook } = told(
            r#"{"type":"apply_start","hook":{"resource":{"addr":"module.machines.vm.machine[\"server-1\"]",
                "module":"module.machines","resource_key":"server-1"},"action":"create"}}"#,
        ) else {
            panic!()
        };
        assert_eq!((hook.name(), hook.action.as_str()), ("server-1", "create"));
        assert!(matches!(told(r#"{"type":"version","tofu":"1.12.6"}"#), Tofu::Other));
    }

    #[test]
    fn a_diagnostic_is_one_line() {
        let Tofu::Diagnostic { diagnostic } = told(
            r#"{"type":"diagnostic","diagnostic":{"severity":"error","summary":"error\n creating VM",
                "detail":"out of\n  order","address":"vm[\"one\"]"}}"#,
        ) else {
            panic!()
        };
        assert!(diagnostic.is_error());
        assert_eq!(diagnostic.to_string(), "vm[\"one\"]: error creating VM: out of order");
    }
}
