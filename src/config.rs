pub(crate) mod lines;
pub(crate) mod monit;
pub(crate) mod props;
