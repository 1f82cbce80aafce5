pub(crate) mod getdown;
pub(crate) mod htpasswd;
pub(crate) mod lighttpd;
pub(crate) mod lines;
pub(crate) mod monit;
pub(crate) mod props;
