//! A task, sent to the default queue and with settings of this send alone.

mod support;

use hyrex::prelude::*;
use std::time::Duration;

#[derive(Serialize, Deserialize)]
struct EmailContext {
    to: String,
    subject: String,
    body: String,
}

#[derive(Serialize, Deserialize)]
struct Sent {
    sent: bool,
}

#[hyrex::task]
async fn send_email(context: EmailContext) -> Result<Sent> {
    println!("Sending email to {}: {}", context.to, context.subject);
    Ok(Sent { sent: !context.body.is_empty() })
}

async fn send() -> Result<()> {
    let run = send_email
        .send(EmailContext {
            to: "user@example.com".into(),
            subject: "Welcome!".into(),
            body: "Thanks for signing up".into(),
        })
        .await?;
    let result: Sent = run.wait(Duration::from_secs(30)).await?;
    println!("sent: {}", result.sent);

    let urgent = send_email
        .with_config(TaskConfig::new().queue("high-priority").max_retries(3).timeout_seconds(30))
        .send(EmailContext { to: "ada@example.com".into(), subject: "Now".into(), body: "…".into() })
        .await?;
    urgent.wait(Duration::from_secs(30)).await?;
    let attempt = &urgent.attempts().await?[0];
    println!("queue {}, {} retries, {:?} seconds", attempt.queue, attempt.max_retries, attempt.timeout_seconds);
    Ok(())
}

#[tokio::main]
async fn main() -> Result<()> {
    support::with_worker(registry![send_email], send()).await
}
