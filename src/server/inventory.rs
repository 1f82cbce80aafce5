//! Every certificate of this server: where it is, who owns it, what is served, and what disagrees.
