//! The users file of the Client Update Service: `user:hash`, a line a user.
