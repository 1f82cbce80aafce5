//! lighttpd's pemfile: key, leaf and intermediates in one file.
