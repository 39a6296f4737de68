//! The C ABI: a program in C, the symbols, and the same numbers as the Rust library's.

mod declarations;
mod parity;
mod programs;
mod symbols;
