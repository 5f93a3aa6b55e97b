//! Parts that screens are drawn of.

pub(crate) mod dag;
pub(crate) mod doc;
pub(crate) mod gauge;
pub(crate) mod listing;
pub(crate) mod notice;
pub(crate) mod table;
