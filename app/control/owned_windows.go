package control

import "io/fs"

// ownedPrivately is true: on Windows the temporary folder is the user's own.
func ownedPrivately(fs.FileInfo) bool { return true }
