package systemd

import (
	"os"
	"path/filepath"
	"strings"
)

// directoryVariable names the folder into which a service manager puts the
// credentials of a service: https://systemd.io/CREDENTIALS/ .
const directoryVariable = "CREDENTIALS_DIRECTORY"

// fileSuffix ends the names of the variables that hold the path of a secret.
const fileSuffix = "_FILE"

// directoryCredential is what a unit calls a whole folder of credentials, with
// "LoadCredential=vastrelay:/some/folder". systemd puts it before the name of each
// file, with an underscore.
const directoryCredential = "vastrelay"

// Getenv returns getenv extended by the credentials that the service manager hands
// over: where neither NAME nor NAME_FILE is set, NAME_FILE is the path of the
// credential NAME, or of the file NAME in a folder that the unit loads as
// "vastrelay". Without credentials it answers as getenv does.
func Getenv(getenv func(string) string) func(string) string {
	dir := getenv(directoryVariable)
	if dir == "" {
		return getenv
	}
	return func(variable string) string {
		value := getenv(variable)
		name, isFile := strings.CutSuffix(variable, fileSuffix)
		if value != "" || !isFile || getenv(name) != "" {
			return value
		}
		for _, credential := range []string{name, directoryCredential + "_" + name} {
			path := filepath.Join(dir, credential)
			if _, err := os.Lstat(path); err == nil {
				return path
			}
		}
		return ""
	}
}
