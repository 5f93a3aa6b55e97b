//! Compiles, with every warning on: also in the 2021 edition.

#![deny(warnings, missing_docs, unreachable_pub, non_snake_case, clippy::all)]
#![forbid(unsafe_code)]

pub mod tasks {
    //! Tasks that others see.

    use hyrex::prelude::*;

    /// What is sent.
    #[derive(Debug, Serialize, Deserialize)]
    pub struct Context {
        /// To whom.
        pub to: String,
    }

    /// Sends.
    #[hyrex::task(queue = "mail", on_error = |_| (), retry_backoff = |attempt| attempt * 10)]
    pub async fn send(context: Context, #[default("Hello".into())] words: String) -> Result<usize> {
        Ok(context.to.len() + words.len())
    }

    /// Not to be used any more.
    #[deprecated]
    #[hyrex::task]
    pub fn send_in(r#in: Vec<u8>) -> usize {
        r#in.len()
    }

    #[cfg(any())]
    #[hyrex::task]
    pub async fn not_here(nothing: NoSuchType) {}

    /// Of several arguments that may be missing.
    #[hyrex::task]
    pub async fn call(mut a: Option<u8>, #[default(Some(2))] b: Option<u8>, __value: (u8, u8)) -> Option<u8> {
        a = a.or(b);
        a.filter(|a| *a < __value.0)
    }

    /// All of them.
    pub fn registry() -> HyrexRegistry {
        registry![send, call]
    }

    #[hyrex::task]
    async fn private(one: Hidden) -> Hidden {
        one
    }

    #[derive(Serialize, Deserialize)]
    struct Hidden;

    /// Uses what is private.
    pub async fn uses() -> Result<()> {
        let moved = tokio::spawn(private.with_config(TaskConfig::new().priority(9)).send(Hidden));
        moved.await??;
        send.send(Context { to: "ada".into() }, None).await?;
        send.send(Context { to: "ada".into() }, "Hi".to_owned()).await?;
        call.send(None, Some(Some(3)), (1, 2)).await?;
        Ok(())
    }
}

fn main() {
    drop(tasks::registry());
    drop(tasks::uses());
}
