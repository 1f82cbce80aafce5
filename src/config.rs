pub(crate) mod monit;
pub(crate) mod props;
