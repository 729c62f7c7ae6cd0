//! The files in `deploy/`: that they parse, say what the program understands, and name only what exists. Nothing is
//! deployed; programs that check such files are asked where this machine has them.

mod compose;
mod files;
mod image;
mod kubernetes;
mod proxy;
mod roles;
mod settings;
mod systemd;
mod tools;
mod vocabulary;
