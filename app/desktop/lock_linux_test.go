package desktop

import (
	"errors"
	"os/exec"
	"testing"
)

func TestAFolderThatTakesNoFileIsLockedAllTheSame(t *testing.T) {
	tests := []struct {
		name    string
		options string // of the file system
	}{
		{"no room for one more file", "size=64k,nr_inodes=1"},
		{"a read-only file system", "size=64k,ro"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if out, err := exec.Command("mount", "-t", "tmpfs", "-o", tt.options, "tmpfs", dir).CombinedOutput(); err != nil { //nolint:gosec // The test's own folder.
				t.Skipf("no small file system can be mounted here: %v %s", err, out)
			}
			t.Cleanup(func() {
				if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil { //nolint:gosec // The same folder.
					t.Errorf("unmount: %v %s", err, out)
				}
			})
			first, err := LockFolder(dir)
			if err != nil {
				t.Fatalf("got %v, want the folder locked without a file", err)
			}
			if err := first.InPlace(); err != nil {
				t.Errorf("in place: got %v, want nil", err)
			}
			if _, err := LockFolder(dir); !errors.Is(err, ErrLocked) {
				t.Errorf("a second lock: got %v, want ErrLocked", err)
			}
			releaseAndLockAgain(t, first, dir)
		})
	}
}
