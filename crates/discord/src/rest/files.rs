//! Files that people attached (Discord docs: Reference, Signed Attachment CDN URLs). They are not behind the API and
//! count against none of its limits; the token is never sent along.

use std::time::Duration;

use reqwest::Url;
use twilight_http::request::{Method, RequestBuilder};

use super::{Call, Priority, Rest, RestError};

/// Where Discord keeps attachments.
const HOSTS: &[&str] = &["cdn.discordapp.com", "media.discordapp.net"];
const CONNECT: Duration = Duration::from_secs(5);
/// The longest that one file may take.
const LONGEST: Duration = Duration::from_mins(5);

/// Fetches attachments.
#[derive(Clone, Debug)]
pub struct Files {
    client: reqwest::Client,
    /// The stand-in whose attachments are fetched too: scheme, host and port of its address.
    stand_in: Option<Url>,
}

/// Why a file was not fetched.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum FileFault {
    /// The address is none under which Discord keeps attachments.
    #[error("the address is none of Discord's")]
    Foreign,
    /// Discord does not give it.
    #[error("Discord answered {0}")]
    Refused(u16),
    /// It is larger than was asked for.
    #[error("it is larger than {0} bytes")]
    TooLarge(u64),
    /// No answer, or none to its end.
    #[error("no answer: {0}")]
    Lost(String),
}

impl Files {
    /// Fetches from Discord, and from the stand-in for it whose API has the address `base`, if it is one.
    pub fn new(base: Option<&str>) -> Result<Self, RestError> {
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .timeout(LONGEST)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| RestError::Setup(error.to_string()))?;
        let stand_in = base.and_then(|base| Url::parse(base).ok());
        Ok(Self { client, stand_in })
    }

    /// What is behind the address, if it has at most `most` bytes.
    pub async fn get(&self, url: &str, most: u64) -> Result<Vec<u8>, FileFault> {
        let url = Url::parse(url).map_err(|_| FileFault::Foreign)?;
        if !self.is_discords(&url) {
            return Err(FileFault::Foreign);
        }
        let lost =
            |error: reqwest::Error| FileFault::Lost(guildhall_core::error::chain(&error.without_url()));
        let mut response = self.client.get(url).send().await.map_err(lost)?;
        if !response.status().is_success() {
            return Err(FileFault::Refused(response.status().as_u16()));
        }
        let fits = |length: u64| if length > most { Err(FileFault::TooLarge(most)) } else { Ok(()) };
        fits(response.content_length().unwrap_or(0))?;
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(lost)? {
            // What a server says of the length need not be true.
            fits(bytes.len() as u64 + chunk.len() as u64)?;
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    fn is_discords(&self, url: &Url) -> bool {
        let attachment =
            url.path().starts_with("/attachments/") || url.path().starts_with("/ephemeral-attachments/");
        let discords = url.scheme() == "https"
            && url.port().is_none()
            && url.host_str().is_some_and(|host| HOSTS.contains(&host));
        let of_stand_in = self.stand_in.as_ref().is_some_and(|base| base.origin() == url.origin());
        attachment && url.username().is_empty() && url.password().is_none() && (discords || of_stand_in)
    }
}

/// Links with a fresh signature, in the same order. A link that Discord gives nothing for stays as it is.
///
/// The route is in use by Discord's own clients and in none of its documentation.
pub async fn refresh(rest: &Rest, links: &[String], priority: Priority) -> Result<Vec<String>, RestError> {
    #[derive(serde::Deserialize)]
    struct Fresh {
        #[serde(default)]
        refreshed_urls: Vec<One>,
    }
    #[derive(serde::Deserialize)]
    struct One {
        original: String,
        refreshed: Option<String>,
    }
    let invalid = |error: String| RestError::Validation(error);
    let body = serde_json::to_vec(&serde_json::json!({ "attachment_urls": links }));
    let request = RequestBuilder::raw(Method::Post, "attachments/refresh-urls".to_owned())
        .body(body.map_err(|error| invalid(error.to_string()))?)
        .build()
        .map_err(|error| invalid(error.to_string()))?;
    let call = Call::new(request, priority).repeatable();
    let fresh: Fresh = rest.send(call).await?.model()?;
    let found = |link: &String| {
        let one = fresh.refreshed_urls.iter().find(|one| one.original == *link);
        one.and_then(|one| one.refreshed.clone()).unwrap_or_else(|| link.clone())
    };
    Ok(links.iter().map(found).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_discord_and_its_stand_in_are_asked() {
        drop(rustls::crypto::ring::default_provider().install_default());
        let files = Files::new(Some("http://127.0.0.1:7300/api/v10")).unwrap();
        let asked = |url: &str| files.is_discords(&Url::parse(url).unwrap());
        for url in [
            "https://cdn.discordapp.com/attachments/1/2/a.json?ex=1",
            "https://cdn.discordapp.com/ephemeral-attachments/1/2/a.json",
            "https://media.discordapp.net/attachments/1/2/a.png",
            "http://127.0.0.1:7300/attachments/1/2/a.json?ex=1",
        ] {
            assert!(asked(url), "{url}");
        }
        for url in [
            "http://cdn.discordapp.com/attachments/1/2/a.json",
            "https://cdn.discordapp.com:444/attachments/1/2/a.json",
            "https://cdn.discordapp.com.example.invalid/attachments/1/2/a.json",
            "https://user@cdn.discordapp.com/attachments/1/2/a.json",
            "https://cdn.discordapp.com/../etc",
            "http://127.0.0.1:7301/attachments/1/2/a.json",
            "http://127.0.0.1:7300/api/v10/users/@me",
            "http://169.254.169.254/attachments/1",
            "file:///attachments/1",
        ] {
            assert!(!asked(url), "{url}");
        }
        let plain = Files::new(None).unwrap();
        assert!(!plain.is_discords(&Url::parse("http://127.0.0.1:7300/attachments/1/2/a").unwrap()));
    }
}
