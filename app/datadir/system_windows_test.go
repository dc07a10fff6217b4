package datadir

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/windows"
)

func TestTheFolderIsClosedToOthers(t *testing.T) {
	if windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil {
		t.Skip("wine keeps the modes of Unix in place of access control lists")
	}
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // as at each start
		if remark, err := secureDir(dir, info); remark != "" || err != nil {
			t.Fatalf("got %q, %v", remark, err)
		}
	}
	path := filepath.Join(dir, "settings.json")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, of := range []string{dir, path} {
		descriptor, err := windows.GetNamedSecurityInfo(of, windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION)
		if err != nil {
			t.Fatal(err)
		}
		list := descriptor.String()
		for _, others := range []string{";;;WD)", ";;;BU)", ";;;AU)"} { // everyone, users, those who are logged in
			if strings.Contains(list, others) {
				t.Errorf("%s is open to others: %s", of, list)
			}
		}
		if !strings.Contains(list, ";;;SY)") {
			t.Errorf("%s: got %s, want the system to have access", of, list)
		}
	}
}
