package store

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
)

// smallDisk mounts a small file system with the given options, or skips the test
// where that is not allowed.
func smallDisk(t *testing.T, options string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	mount(t, folder, options)
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "-l", folder).CombinedOutput(); err != nil { //nolint:gosec // The test's own folder.
			t.Errorf("unmount: %v %s", err, out)
		}
	})
	return folder
}

func mount(t *testing.T, folder, options string) {
	t.Helper()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder).CombinedOutput(); err != nil { //nolint:gosec // As above.
		t.Skipf("no small file system can be mounted here: %v %s", err, out)
	}
}

// fillDisk uses up the disk but for the last few bytes, and returns the file that
// does so.
func fillDisk(t *testing.T, folder string) (filler string) {
	t.Helper()
	filler = filepath.Join(folder, "filler")
	file, err := os.Create(filler) //nolint:gosec // The test's own folder.
	must(t, err)
	for _, size := range []int{1 << 20, 4096, 1} {
		for block := make([]byte, size); err == nil; {
			_, err = file.Write(block)
		}
		if ReasonOf(database.Classify(err)) != ReasonFull {
			t.Fatalf("filling the disk: %v", err)
		}
		err = nil
	}
	must(t, file.Close())
	return filler
}

// waiting opens the store at path, which cannot be used now for the reason, and
// fails unless that is what all say.
func waiting(t *testing.T, path string, want Reason) *Store {
	t.Helper()
	if _, err := Open(t.Context(), path, Options{}); ReasonOf(err) != want {
		t.Errorf("Open = %v, want %s", err, want)
	}
	s, err := Open(t.Context(), path, Options{OnWait: func(error) {}})
	if err != nil {
		t.Fatalf("Open that waits = %v, want a store", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	for what, err := range map[string]error{
		"accept":   second(s.Accept(t.Context(), eventN(5), []string{spaceA})),
		"keep":     second(s.Keep(t.Context(), eventN(6), relay.Late)),
		"try":      s.writer.tryWrite(t.Context()),
		"list":     second(s.History.Events(t.Context(), relay.Query{})),
		"backlog":  second(s.Backlog(t.Context(), spaceA)),
		"settings": second(s.Destinations(t.Context())),
	} {
		if ReasonOf(err) != want {
			t.Errorf("%s: got %v, want %s", what, err, want)
		}
	}
	return s
}

func TestStartOnAFullDiskWaitsForRoom(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T, path string) (events int){
		"without a database": func(*testing.T, string) int { return 0 },
		"with an empty file": func(t *testing.T, path string) int { must(t, os.WriteFile(path, nil, 0o600)); return 0 },
		"with a database": func(t *testing.T, path string) int {
			s := openAt(t, path)
			mustAccept(t, s, eventN(1), spaceA)
			must(t, s.Close())
			return 1
		},
		"with the log of a crash": func(t *testing.T, path string) int {
			crashed := openNew(t)
			mustAccept(t, crashed, eventN(1), spaceA)
			for suffix, content := range filesOf(t, crashed.path) {
				must(t, os.WriteFile(path+suffix, content, 0o600))
			}
			return 1
		},
	} {
		t.Run(name, func(t *testing.T) {
			disk := smallDisk(t, "size=4m")
			path := filepath.Join(disk, "events.db")
			events := prepare(t, path)
			filler := fillDisk(t, disk)
			s := waiting(t, path, ReasonFull)
			must(t, os.Remove(filler))
			mustAccept(t, s, eventN(5), spaceA)
			if got := len(mustEvents(t, s, relay.Query{})); got != events+1 {
				t.Errorf("got %d events once there was room, want %d", got, events+1)
			}
			if left, err := filepath.Glob(path + ".*"); err != nil || len(left) > 0 {
				t.Errorf("got %v, %v left behind, want nothing", left, err)
			}
		})
	}
}

func TestStartOnADiskWithoutFilesToGiveWaits(t *testing.T) {
	disk := smallDisk(t, "size=4m,nr_inodes=2") // the folder and one file
	must(t, os.WriteFile(filepath.Join(disk, "filler"), nil, 0o600))
	s := waiting(t, filepath.Join(disk, "events.db"), ReasonFull)
	must(t, exec.Command("mount", "-o", "remount,nr_inodes=100", disk).Run()) //nolint:gosec // The test's own folder.
	mustAccept(t, s, eventN(5), spaceA)
}

func TestStartOnAReadOnlyDiskWaits(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T, path string){
		"without a database": func(*testing.T, string) {},
		"with a database": func(t *testing.T, path string) {
			s := openAt(t, path)
			must(t, s.Close())
		},
	} {
		t.Run(name, func(t *testing.T) {
			disk := smallDisk(t, "size=4m")
			path := filepath.Join(disk, "events.db")
			prepare(t, path)
			must(t, exec.Command("mount", "-o", "remount,ro", disk).Run()) //nolint:gosec // The test's own folder.
			s := waiting(t, path, ReasonReadOnly)
			must(t, exec.Command("mount", "-o", "remount,rw", disk).Run()) //nolint:gosec // The same.
			mustAccept(t, s, eventN(5), spaceA)
		})
	}
}

// TestStartWithoutPermissionWaits runs itself as another user: the rules are not
// for root.
func TestStartWithoutPermissionWaits(t *testing.T) {
	const variable = "VASTRELAY_TEST_DENIED"
	if path := os.Getenv(variable); path != "" {
		s, err := Open(t.Context(), path, Options{OnWait: func(error) {}})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		if err := s.writer.tryWrite(t.Context()); ReasonOf(err) != ReasonDenied {
			t.Errorf("tryWrite = %v, want denied", err)
		}
		return
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can become another user")
	}
	for name, prepare := range map[string]func(t *testing.T, dir string){
		"in a folder of somebody else's": func(*testing.T, string) {},
		"with a database of somebody else's": func(t *testing.T, dir string) {
			must(t, openAt(t, filepath.Join(dir, "events.db")).Close())
			must(t, os.Chmod(dir, 0o777)) //nolint:gosec // The looseness is the case.
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, err := os.MkdirTemp("/tmp", "denied")
			must(t, err)
			t.Cleanup(func() { _ = os.RemoveAll(dir) })
			must(t, os.Chmod(dir, 0o755)) //nolint:gosec // As above.
			prepare(t, dir)
			program, err := os.ReadFile(os.Args[0])
			must(t, err)
			bin, err := os.MkdirTemp("/tmp", "denied-program")
			must(t, err)
			t.Cleanup(func() { _ = os.RemoveAll(bin) })
			must(t, os.Chmod(bin, 0o755))                                                                           //nolint:gosec // So that the other user can run it.
			must(t, os.WriteFile(filepath.Join(bin, "store.test"), program, 0o755))                                 //nolint:gosec // The same.
			cmd := exec.Command(filepath.Join(bin, "store.test"), "-test.run", "^TestStartWithoutPermissionWaits$") //nolint:gosec // This program.
			cmd.Env = append(os.Environ(), variable+"="+filepath.Join(dir, "events.db"))
			cmd.Dir = "/"
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("as another user: %v\n%s", err, out)
			}
		})
	}
}
