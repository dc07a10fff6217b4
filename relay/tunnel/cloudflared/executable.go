package cloudflared

import (
	"cmp"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"unicode"

	"vastrelay/relay/tunnel"
)

// program is the name of the executable, without what Windows appends.
const program = "cloudflared"

// sentence is what is wrong with something that a person entered.
type sentence string

func (e sentence) Error() string { return string(e) }

// parseExecutable takes the whole path of a program. A name alone could be found
// in another folder than the person means.
func parseExecutable(raw string) (string, error) {
	path := strings.TrimSpace(raw)
	if !filepath.IsAbs(path) || strings.ContainsFunc(path, unicode.IsControl) {
		return "", sentence("Enter the whole path of the program, such as " + exampleExecutable + ".")
	}
	return filepath.Clean(path), nil
}

// findExecutable returns the path of cloudflared: the chosen one, else the first
// in the folders of PATH and those in which its packages install it. A program
// that a desktop starts has a short PATH.
func findExecutable(chosen string) (string, *tunnel.PermanentError) {
	names := []string{chosen}
	if chosen == "" {
		names = []string{program}
		for _, folder := range installFolders() {
			names = append(names, filepath.Join(folder, program))
		}
	}
	var unusable error
	for _, name := range names {
		path, err := exec.LookPath(name)
		switch {
		case err == nil: // a program of the working folder is an error, exec.ErrDot
			return path, nil
		case errors.Is(err, os.ErrPermission), chosen != "" && exists(name):
			unusable = err
		}
	}
	if unusable != nil {
		return "", permanent(ReasonExecutableUnusable, errors.New(withoutPath(unusable)))
	}
	return "", permanent(ReasonExecutableMissing, nil)
}

// exists reports whether there is a file or folder at path. On Windows one whose name
// does not end as that of a program is not found among programs.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// inherited are the variables that the child gets from our own environment: where
// programs, temporary files and certificates are, what Windows needs to open a
// socket, and which proxy to use.
var inherited = []string{
	"PATH", "TMPDIR", "TEMP", "TMP", "SystemRoot", "windir",
	"SSL_CERT_FILE", "SSL_CERT_DIR",
	"ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy",
}

// environment is that of the child: what a program needs of the system, a home of its
// own, and the proxy chosen where ours names none. Nothing else of ours gets in, no credential above all.
func environment(getenv func(string) string, home, chosen string) []string {
	env := []string{"HOME=" + home, "USERPROFILE=" + home}
	for _, name := range inherited {
		if value := getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	// cloudflared knows SOCKS proxies alone, and only by this name.
	if proxy := cmp.Or(getenv("HTTPS_PROXY"), getenv("https_proxy"), chosen); strings.HasPrefix(proxy, "socks5") &&
		getenv("ALL_PROXY") == "" && getenv("all_proxy") == "" {
		env = append(env, "ALL_PROXY="+proxy)
	}
	return env
}

// prepareFolder makes the folder that is the home of the child, with an empty
// configuration in it: one of the person's own would change what cloudflared does.
func prepareFolder(folder string) (config string, err error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	config = filepath.Join(folder, "config.yml")
	const empty = "{}\n"                                                             // about a file without anything in it, cloudflared complains
	if content, err := os.ReadFile(config); err == nil && string(content) == empty { //nolint:gosec // A file of our own.
		return config, nil // kept as it is, so that a full disk does no harm
	}
	return config, os.WriteFile(config, []byte(empty), 0o600)
}
