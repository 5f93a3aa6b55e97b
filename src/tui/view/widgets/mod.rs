//! Parts that screens are drawn of.

pub(crate) mod doc;
pub(crate) mod gauge;
pub(crate) mod notice;
pub(crate) mod table;
