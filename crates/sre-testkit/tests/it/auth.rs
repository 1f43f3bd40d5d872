use serde_json::Value;
use sre_testkit::upstream::{Anonymous, Settings};
use sre_testkit::{Auth, Upstream};

use super::{client, get, header, image};

fn upstream(auth: Auth) -> Upstream {
    let upstream = Upstream::start(Settings { auth, ..Settings::default() });
    upstream.push(&image(), "a", "v1");
    upstream
}

async fn token(upstream: &Upstream, scope: &str, password: Option<&str>) -> Option<String> {
    let mut request =
        client().get(format!("{}/token?service=testkit&scope={scope}", upstream.url()));
    if let Some(password) = password {
        request = request.basic_auth("user", Some(password));
    }
    let answer = request.send().await.unwrap();
    let value: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    value["token"].as_str().map(str::to_owned)
}

async fn pull(upstream: &Upstream, token: &str) -> u16 {
    let url = format!("{}/v2/a/manifests/v1", upstream.url());
    client().get(url).bearer_auth(token).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn asks_for_a_password() {
    let upstream = upstream(Auth::basic("user", "secret"));
    let refused = get(&upstream, "/v2/").await;
    assert_eq!(header(&refused, "www-authenticate"), "Basic realm=\"testkit\"");
    let request = client().get(format!("{}/v2/", upstream.url()));
    assert_eq!(request.basic_auth("user", Some("secret")).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn tokens_open_what_their_scope_says() {
    let upstream = upstream(Auth::bearer("user", "secret"));
    let refused = get(&upstream, "/v2/a/manifests/v1").await;
    let expected = format!(
        "Bearer realm=\"{}/token\",service=\"testkit\",scope=\"repository:a:pull\"",
        upstream.url()
    );
    assert_eq!(header(&refused, "www-authenticate"), expected);
    assert_eq!(token(&upstream, "repository:a:pull", None).await, None);
    assert_eq!(token(&upstream, "repository:a:pull", Some("wrong")).await, None);
    let own = token(&upstream, "repository:a:pull,push", Some("secret")).await.unwrap();
    assert_eq!(pull(&upstream, &own).await, 200);
    let other = token(&upstream, "repository:b:pull", Some("secret")).await.unwrap();
    assert_eq!(pull(&upstream, &other).await, 401);
}

#[tokio::test]
async fn tokens_wear_out() {
    let (user, password) = ("user".to_owned(), "secret".to_owned());
    let auth = Auth::Bearer { user, password, anonymous: Anonymous::Pulls, uses: 1 };
    let upstream = upstream(auth);
    let token = token(&upstream, "repository:a:pull,push", None).await.unwrap();
    assert_eq!(pull(&upstream, &token).await, 200);
    assert_eq!(pull(&upstream, &token).await, 401);
}
