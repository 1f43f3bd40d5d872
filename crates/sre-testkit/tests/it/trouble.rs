use sre_testkit::{Misbehaviour, Trouble, Upstream};

use super::{client, get, header};

const TEXT: &str = "0123456789";

fn upstream(what: Misbehaviour) -> Upstream {
    let upstream = Upstream::plain();
    upstream.put_file("/file", "text/plain", TEXT);
    upstream.trouble(Trouble::on("/file").times(1).does(what));
    upstream
}

#[tokio::test]
async fn recovers_after_as_many_failures_as_asked() {
    let upstream = upstream(Misbehaviour::busy(429));
    let first = get(&upstream, "/file").await;
    assert_eq!((first.status().as_u16(), header(&first, "retry-after")), (429, "0"));
    assert_eq!(get(&upstream, "/file").await.text().await.unwrap(), TEXT);
    assert_eq!(upstream.log().len(), 2);
}

#[tokio::test]
async fn truncates_with_a_matching_length() {
    let upstream = upstream(Misbehaviour::Truncate { after: 4 });
    assert_eq!(get(&upstream, "/file").await.text().await.unwrap(), "0123");
}

#[tokio::test]
async fn drops_the_connection_after_some_bytes() {
    let upstream = upstream(Misbehaviour::Drop { after: 4 });
    let mut answer = get(&upstream, "/file").await;
    assert_eq!(answer.chunk().await.unwrap().unwrap(), "0123");
    assert!(answer.chunk().await.is_err());
}

#[tokio::test]
async fn stalls_until_the_client_gives_up() {
    let upstream = upstream(Misbehaviour::Stall { after: 4 });
    let mut answer = get(&upstream, "/file").await;
    assert_eq!(answer.chunk().await.unwrap().unwrap(), "0123");
    let patience = std::time::Duration::from_millis(50);
    assert!(tokio::time::timeout(patience, answer.chunk()).await.is_err());
}

#[tokio::test]
async fn sends_wrong_bytes_of_the_right_length() {
    let upstream = upstream(Misbehaviour::Corrupt { at: 3 });
    assert_eq!(get(&upstream, "/file").await.text().await.unwrap(), "0122456789");
}

#[tokio::test]
async fn redirects_elsewhere_and_in_circles() {
    let other = Upstream::plain();
    other.put_file("/file", "text/plain", "from elsewhere");
    let upstream = upstream(Misbehaviour::RedirectTo { base: other.url().to_owned() });
    let location = header(&get(&upstream, "/file").await, "location").to_owned();
    assert_eq!(
        client().get(location).send().await.unwrap().text().await.unwrap(),
        "from elsewhere"
    );
    upstream.trouble(Trouble::on("/file").does(Misbehaviour::RedirectLoop));
    assert_eq!(header(&get(&upstream, "/file").await, "location"), "/file");
}

#[tokio::test]
async fn leaves_the_length_out() {
    let upstream = upstream(Misbehaviour::NoLength);
    let answer = get(&upstream, "/file").await;
    assert_eq!(answer.content_length(), None);
    assert_eq!(answer.text().await.unwrap(), TEXT);
}
