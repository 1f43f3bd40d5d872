//! Reads capabilities and boolean dependencies from text.

use std::str::FromStr;

use super::{Capability, Constraint, Dependency, Relation};
use crate::limits::{MAX_DEPENDENCY_DEPTH, MAX_DEPENDENCY_LENGTH};

/// Says why a text is not a dependency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a dependency: {reason}")]
pub struct ParseDependencyError {
    text: String,
    reason: &'static str,
}

impl FromStr for Capability {
    type Err = ParseDependencyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parser = Parser::over(text);
        parser
            .check_length()
            .and_then(|()| parser.capability())
            .map_err(|reason| wrong(text, reason))
    }
}

impl FromStr for Dependency {
    type Err = ParseDependencyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parser = Parser::over(text);
        parser.check_length().and_then(|()| parser.whole()).map_err(|reason| wrong(text, reason))
    }
}

fn wrong(text: &str, reason: &'static str) -> ParseDependencyError {
    ParseDependencyError { text: text.chars().take(120).collect(), reason }
}

/// The words and parentheses of the text, with what is still to be read.
struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn over(text: &'a str) -> Self {
        Self { text, rest: text.trim() }
    }

    fn check_length(&self) -> Result<(), &'static str> {
        if self.text.len() > MAX_DEPENDENCY_LENGTH { Err("it is too long") } else { Ok(()) }
    }

    fn whole(&mut self) -> Result<Dependency, &'static str> {
        let found = self.dependency(0)?;
        if self.rest.is_empty() { Ok(found) } else { Err("something follows its end") }
    }

    fn dependency(&mut self, depth: usize) -> Result<Dependency, &'static str> {
        if depth > MAX_DEPENDENCY_DEPTH {
            return Err("it is nested too deeply");
        }
        if !self.take("(") {
            return self.capability().map(Dependency::Capability);
        }
        let first = self.dependency(depth + 1)?;
        let found = match self.word()? {
            "" => first,
            "and" => Dependency::And(self.list(first, "and", depth)?),
            "or" => Dependency::Or(self.list(first, "or", depth)?),
            "with" => Dependency::With(self.list(first, "with", depth)?),
            "without" => {
                Dependency::Without(Box::new(first), Box::new(self.dependency(depth + 1)?))
            }
            "if" => {
                let (then, condition, otherwise) = self.condition(first, depth)?;
                Dependency::If { then, condition, otherwise }
            }
            "unless" => {
                let (then, condition, otherwise) = self.condition(first, depth)?;
                Dependency::Unless { then, condition, otherwise }
            }
            _ => return Err("it has an unknown operator"),
        };
        if self.take(")") { Ok(found) } else { Err("a parenthesis is not closed") }
    }

    /// Reads `B and C ...` after `A and`.
    fn list(
        &mut self,
        first: Dependency,
        operator: &str,
        depth: usize,
    ) -> Result<Vec<Dependency>, &'static str> {
        let mut parts = vec![first];
        loop {
            parts.push(self.dependency(depth + 1)?);
            match self.word()? {
                "" => return Ok(parts),
                next if next == operator => {}
                _ => return Err("it mixes operators without parentheses"),
            }
        }
    }

    /// Reads `B [else C]` after `A if`.
    #[expect(
        clippy::type_complexity,
        reason = "the three parts of a condition, taken apart at once"
    )]
    fn condition(
        &mut self,
        then: Dependency,
        depth: usize,
    ) -> Result<(Box<Dependency>, Box<Dependency>, Option<Box<Dependency>>), &'static str> {
        let condition = self.dependency(depth + 1)?;
        let otherwise = match self.word()? {
            "" => None,
            "else" => Some(Box::new(self.dependency(depth + 1)?)),
            _ => return Err("it mixes operators without parentheses"),
        };
        Ok((Box::new(then), Box::new(condition), otherwise))
    }

    fn capability(&mut self) -> Result<Capability, &'static str> {
        let name = self.name()?;
        let sign_end = self.rest.find(|letter| !matches!(letter, '<' | '=' | '>'));
        let (sign, rest) = self.rest.split_at(sign_end.unwrap_or(self.rest.len()));
        if sign.is_empty() {
            return Ok(Capability::any(name));
        }
        let relation = Relation::of_sign(sign).ok_or("it has an unknown comparison")?;
        self.rest = rest.trim_start();
        let end =
            self.rest.find(|letter| ends_word(letter) || letter == ')').unwrap_or(self.rest.len());
        let (version, rest) = self.rest.split_at(end);
        let evr = version.parse().map_err(|_| "its version cannot be understood")?;
        self.rest = rest.trim_start();
        Ok(Capability { name: name.to_owned(), constraint: Some(Constraint { relation, evr }) })
    }

    /// Reads a name; parentheses belong to it as long as they are balanced, as in `perl(Carp)`. A blank or a
    /// comma ends it even inside of them, as in rpm.
    fn name(&mut self) -> Result<&'a str, &'static str> {
        let mut open = 0_usize;
        let end = self.rest.find(|letter| match letter {
            '(' => {
                open += 1;
                false
            }
            ')' if open > 0 => {
                open -= 1;
                false
            }
            ')' => true,
            letter => ends_word(letter),
        });
        let (name, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        if name.is_empty() {
            return Err("a name is missing");
        }
        if open > 0 {
            return Err("a parenthesis is not closed");
        }
        self.rest = rest.trim_start();
        Ok(name)
    }

    /// Reads an operator; an empty one before a closing parenthesis.
    fn word(&mut self) -> Result<&'a str, &'static str> {
        let end = self
            .rest
            .find(|letter| ends_word(letter) || matches!(letter, ')' | '('))
            .ok_or("a parenthesis is not closed")?;
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        Ok(word)
    }

    fn take(&mut self, what: &str) -> bool {
        match self.rest.strip_prefix(what) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }
}

fn ends_word(letter: char) -> bool {
    letter.is_whitespace() || letter == ','
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_what_it_parsed() {
        for text in [
            "foo",
            "foo >= 1:2-3",
            "perl(Carp) >= 1",
            "libc.so.6(GLIBC_2.34)(64bit)",
            "/usr/bin/sh",
            "(foo and bar)",
            "(foo or bar or baz < 2)",
            "(foo if bar)",
            "(foo >= 1-1 if (bar or baz) else qux)",
            "(foo unless bar else baz)",
            "(foo with foo(x) >= 2)",
            "(foo without bar)",
            "((a and b) or (c and d))",
            "(annobin-plugin-gcc if gcc)",
            "(pkgconfig(foo) >= 1 with pkgconfig(foo) < 2)",
        ] {
            assert_eq!(text.parse::<Dependency>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn any_blank_ends_a_name() {
        for text in ["(foo\t)", "(foo\u{a0})", "\tfoo\n"] {
            let dependency = text.parse::<Dependency>().unwrap();
            assert_eq!(dependency.to_string(), "foo", "{text:?}");
        }
        let dependency = "(foo\tand\u{a0}bar >=\t1\n)".parse::<Dependency>().unwrap();
        assert_eq!(dependency.to_string(), "(foo and bar >= 1)");
    }

    #[test]
    fn refuses_what_two_readers_could_understand_differently() {
        for text in [
            "",
            "()",
            "(foo",
            "(foo and)",
            "(foo and bar or baz)",
            "(foo if bar else)",
            "(foo nand bar)",
            "(foo) bar",
            "foo => 1",
            "foo >=",
            "foo(bar",
            "foo(bar baz)",
            "(foo and foo(bar,baz))",
            "foo,bar",
            &"(".repeat(5000),
            &format!("{}foo{}", "(".repeat(100), ")".repeat(100)),
        ] {
            assert!(text.parse::<Dependency>().is_err(), "{text}");
        }
    }
}
