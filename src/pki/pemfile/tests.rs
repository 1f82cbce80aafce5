//! Pemfiles in every form, judged by us and by lighttpd.

mod forms;
mod input;
mod lighttpd;
mod openssl;
mod parts;
mod verdicts;
