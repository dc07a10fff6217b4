package desktop

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// lockVariable turns the test binary into a program that locks the folder it
// names, says so, and holds the lock until it is killed.
const lockVariable = "VASTRELAY_TEST_LOCK_FOLDER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(lockVariable); dir != "" {
		lock, err := LockFolder(dir)
		if err != nil {
			os.Exit(1)
		}
		_, _ = os.Stdout.WriteString("locked\n")
		_, _ = io.Copy(io.Discard, os.Stdin) // Until the parent ends.
		runtime.KeepAlive(lock)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestOneCopyAtATimeLocksAFolder(t *testing.T) {
	dir := t.TempDir()
	first, err := LockFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := LockFolder(dir); !errors.Is(err, ErrLocked) {
		t.Errorf("a second lock: got %v, want ErrLocked", err)
	}
	other, err := LockFolder(t.TempDir())
	if err != nil {
		t.Errorf("another folder: got %v, want nil", err)
	} else if err := other.Close(); err != nil {
		t.Errorf("close the other: %v", err)
	}
	if info, err := os.Stat(filepath.Join(dir, "lock")); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v, want a file with mode 600", info, err)
	}
	releaseAndLockAgain(t, first, dir)
}

// releaseAndLockAgain closes the lock on dir twice, and looks whether it is free.
func releaseAndLockAgain(t *testing.T, lock *FolderLock, dir string) {
	t.Helper()
	for range 2 {
		if err := lock.Close(); err != nil {
			t.Errorf("close: got %v, want nil", err)
		}
	}
	again, err := LockFolder(dir)
	if err != nil {
		t.Fatalf("after the release: got %v, want nil", err)
	}
	if err := again.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

func TestTheLockOfAKilledProcessIsReleased(t *testing.T) {
	dir := t.TempDir()
	holder := exec.Command(os.Args[0])
	holder.Env = append(os.Environ(), lockVariable+"="+dir)
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	if word, err := bufio.NewReader(out).ReadString('\n'); err != nil || word != "locked\n" {
		t.Fatalf("got %q, %v, want it to hold the lock", word, err)
	}
	if _, err := LockFolder(dir); !errors.Is(err, ErrLocked) {
		t.Errorf("while it lives: got %v, want ErrLocked", err)
	}
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = holder.Wait()
	lock, err := LockFolder(dir)
	if err != nil {
		t.Fatalf("after it was killed: got %v, want nil", err)
	}
	if err := lock.Close(); err != nil {
		t.Error(err)
	}
}

func TestAFolderThatIsMissingCannotBeLocked(t *testing.T) {
	if _, err := LockFolder(filepath.Join(t.TempDir(), "absent")); err == nil || errors.Is(err, ErrLocked) {
		t.Errorf("got %v, want an error other than ErrLocked", err)
	}
}
