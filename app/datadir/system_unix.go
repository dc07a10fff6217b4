//go:build !windows

package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// isFinal reports whether trying again cannot help: the path is wrong, or its file
// system is read-only.
func isFinal(err error) bool {
	for _, errno := range []syscall.Errno{
		syscall.ENOTDIR, syscall.EEXIST, syscall.EROFS, syscall.ELOOP, syscall.ENAMETOOLONG, syscall.EINVAL, syscall.ENOENT,
	} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}

// secureDir checks the owner and the mode of dir; see Ensure.
func secureDir(dir string, info fs.FileInfo) (remark string, err error) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "", fmt.Errorf("the owner of %s is not known", dir)
	}
	mode, user := info.Mode().Perm(), os.Geteuid()
	owner := int(stat.Uid)
	switch {
	case mode&0o002 != 0:
		return "", &Error{
			Cause: fmt.Sprintf("Everyone on this computer can write to the folder %s.", dir),
			Next:  "Take that away from it (chmod o-w), or name another folder with --data-dir.",
		}
	case owner != user && user == 0:
		return "", &Error{
			Cause: fmt.Sprintf("The folder %s belongs to another user (%d), who could not use it any more after root has.", dir, owner),
			Next:  "Run the program as that user, or name a folder of root's with --data-dir.",
		}
	case owner != user:
		return useShared(dir, owner, int(stat.Gid))
	case mode&0o077 == 0 && mode&0o700 == 0o700:
		return "", nil
	}
	if err := os.Chmod(dir, 0o700); err != nil { // #nosec G302 -- a folder needs its x bit
		return fmt.Sprintf("The data folder cannot be made private (%s) and is used as it is.", reasonOf(err)), nil
	}
	return "", nil
}

// The rights that the program needs in its folder, for access(2).
const readWriteSearch = 4 | 2 | 1

// useShared accepts a folder of another user if this one may write to it.
func useShared(dir string, owner, group int) (remark string, err error) {
	// A read-only file system is reported at the first write, like a full one.
	if err := syscall.Access(dir, readWriteSearch); err != nil && !errors.Is(err, syscall.EROFS) {
		return "", &Error{
			Cause: fmt.Sprintf("The folder %s belongs to another user (%d), and this one may not write to it.", dir, owner),
			Next:  "Give it to this user, or name another folder with --data-dir.", Err: err,
		}
	}
	return fmt.Sprintf("The data folder belongs to user %d and group %d and is used as it is; its files are open to this user alone.", owner, group), nil
}

// syncFolder makes the names in dir durable: without it a power cut can undo
// a rename that has already happened.
func syncFolder(dir string) error {
	f, err := os.Open(dir) // #nosec G304 -- the path is the program's own
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// NoFollow are the flags of os.OpenFile that refuse a symbolic link, and do not
// wait for the other end of a named pipe.
const NoFollow = syscall.O_NOFOLLOW | syscall.O_NONBLOCK
