//! What every store must do, written once and run on both: one file a subject, one test a case and store.

mod beats;
mod bounds;
mod cancel;
mod claim;
mod claim_order;
mod completion;
mod edges;
mod enqueue;
mod fencing;
mod give_back;
mod hostile_input;
mod idempotency;
mod kv;
mod limits;
mod logs;
mod now_parameter;
mod pause;
mod promote;
mod prune;
mod reads;
mod repeats;
mod rescue;
mod retry;
mod signs;
mod subtree;
mod system_log;
