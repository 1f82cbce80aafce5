//! Many endpoints at once, under one deadline.
