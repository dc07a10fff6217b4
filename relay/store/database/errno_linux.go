package database

import "syscall"

// damagedFileSystem is the error number of a file system that must be repaired.
const damagedFileSystem = syscall.EUCLEAN
