//go:build !windows && !darwin

package words

import "os"

// System returns the languages that the person prefers, as the environment names
// them, best first; none: programs are to speak English.
func System() []string { return fromEnvironment(os.Getenv) }
