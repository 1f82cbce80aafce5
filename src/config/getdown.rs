//! The launcher file `getdown.txt`: addresses changed in place, every other byte kept.
