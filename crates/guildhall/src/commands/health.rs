//! `guildhall health`: asks the web port of a running bot whether it lives, or may get work. Containers and scripts
//! need no other program for that.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use url::Url;

use crate::{cli::HealthArgs, config::Loaded};

/// The pages answer from memory; whoever takes longer stands still.
const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) async fn run(args: &HealthArgs, load: impl FnOnce() -> Result<Loaded>) -> Result<ExitCode> {
    let base = match &args.url {
        Some(url) => url.clone(),
        None => own(load()?.config.web.listen)?,
    };
    let page = base.join(if args.ready { "ready" } else { "health" }).context("the address has no pages")?;
    // What is asked is this machine, mostly: no proxy of the environment knows a way to it.
    let client = reqwest::Client::builder().timeout(PATIENCE).no_proxy().build()?;
    let asked = async {
        let answer = client.get(page.clone()).send().await?;
        Ok::<_, reqwest::Error>((answer.status(), answer.text().await?))
    };
    let (status, body) = asked.await.with_context(|| format!("no answer from `{page}`"))?;
    if status.is_success() {
        println!("{}", body.trim());
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("`{page}` answers {status}: {}", body.trim());
    Ok(ExitCode::FAILURE)
}

/// Where the web port of this configuration is reached from its own machine.
fn own(listen: SocketAddr) -> Result<Url> {
    if listen.port() == 0 {
        bail!(
            "`web.listen` takes any free port\nhint: name the address that the bot printed, `--url http://127.0.0.1:PORT/`"
        );
    }
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    Ok(Url::parse(&format!("http://{}/", SocketAddr::new(ip, listen.port())))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_port_is_reached_on_loopback() {
        let asked = |listen: &str| own(listen.parse().unwrap()).map(String::from);
        assert_eq!(asked("0.0.0.0:7301").unwrap(), "http://127.0.0.1:7301/");
        assert_eq!(asked("[::]:7301").unwrap(), "http://[::1]:7301/");
        assert_eq!(asked("192.0.2.1:80").unwrap(), "http://192.0.2.1/");
        assert!(asked("127.0.0.1:0").unwrap_err().to_string().contains("--url"));
    }
}
