//! How close to its end a certificate may come: days, hours or percent of its lifetime.
