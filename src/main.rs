//! The stand-alone `hyrex` command: everything that needs no application of yours.

fn main() {}
