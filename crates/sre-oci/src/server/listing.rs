//! Lists in pages: tags of a repository, and the catalog (distribution-spec, "Listing Tags").

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, LINK};
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::Query;
use super::refusal::Refusal;
use super::thing::set;

/// The longest page, and the one that is sent when no length is asked for.
const MAX_PAGE: usize = 10_000;

/// Which part of a list is asked for.
pub(super) struct Page {
    pub(super) last: String,
    count: usize,
}

impl Page {
    pub(super) fn of(query: &Query) -> Result<Self, Refusal> {
        let count = match query.get("n") {
            None => MAX_PAGE,
            Some(text) => text.parse::<usize>().map_err(|_| Refusal::PageInvalid)?.min(MAX_PAGE),
        };
        Ok(Self { last: query.get("last").unwrap_or_default().to_owned(), count })
    }

    /// Cuts the page off the names after `last`, and names the next page where there is more.
    pub(super) fn cut(
        self,
        names: impl Iterator<Item = String>,
        path: &str,
        query: &Query,
        document: impl FnOnce(Vec<String>) -> Value,
    ) -> Response {
        let mut names = names.peekable();
        let page: Vec<String> = names.by_ref().take(self.count).collect();
        let more = names.peek().is_some();
        let link = page.last().filter(|_| more).map(|last| {
            let mut next = url::form_urlencoded::Serializer::new(String::new());
            next.append_pair("n", &self.count.to_string()).append_pair("last", last);
            if let Some(namespace) = query.get("ns") {
                next.append_pair("ns", namespace);
            }
            format!("<{path}?{}>; rel=\"next\"", next.finish())
        });
        let mut answer = send(&document(page));
        if let Some(link) = link {
            set(&mut answer, LINK, &link);
        }
        answer
    }
}

pub(super) fn tags(name: &str, tags: &[String]) -> Value {
    json!({ "name": name, "tags": tags })
}

pub(super) fn repositories(names: &[String]) -> Value {
    json!({ "repositories": names })
}

pub(super) fn send(document: &Value) -> Response {
    let json = HeaderValue::from_static("application/json");
    (StatusCode::OK, [(CONTENT_TYPE, json)], document.to_string()).into_response()
}
