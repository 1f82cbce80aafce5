//! The configuration of lighttpd, read as lighttpd reads it and edited without touching another byte.
