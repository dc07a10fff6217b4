package datadir

import (
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/sys/windows"
)

// isFinal reports whether trying again cannot help.
func isFinal(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrExist) }

// secureDir leaves dir to this user, the system and administrators alone, with all
// that is in it. Within the user's profile it mostly is already; a folder elsewhere
// takes over who may read it from the one that it lies in. A disk without access
// control lists, such as one of FAT, is used as it is.
func secureDir(dir string, _ fs.FileInfo) (remark string, err error) {
	if err := closeToOthers(dir); err != nil {
		return fmt.Sprintf("The data folder cannot be made private (%s) and is used as it is.", reasonOf(err)), nil
	}
	return "", nil
}

// closeToOthers gives dir an access control list of its own, which what is in it
// takes over.
func closeToOthers(dir string) error {
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return err
	}
	// D: the list; P: nothing is taken over from the folder above; OICI: files and
	// folders take it over; FA: everything; SY, BA: the system and administrators. See
	// https://learn.microsoft.com/windows/win32/secauthz/security-descriptor-string-format .
	descriptor, err := windows.SecurityDescriptorFromString("D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;" + user.User.Sid.String() + ")")
	if err != nil {
		return err
	}
	list, _, err := descriptor.DACL()
	if err != nil {
		return err
	}
	return windows.SetNamedSecurityInfo(dir, windows.SE_FILE_OBJECT,
		windows.DACL_SECURITY_INFORMATION|windows.PROTECTED_DACL_SECURITY_INFORMATION, nil, nil, list, nil)
}

// syncFolder does nothing: Windows cannot sync a folder, and NTFS journals its
// names by itself.
func syncFolder(string) error { return nil }

// NoFollow is empty: Windows has no such flags. OpenFile compares what it
// opened with what it saw before.
const NoFollow = 0
